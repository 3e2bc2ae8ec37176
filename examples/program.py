
import json, sys, time
p = json.loads(sys.stdin.readline())
if p["a"] > 0.95:
    sys.exit("the mesh is broken")
if p["b"] > 0.97:
    time.sleep(60)
print(-sum((value - 0.3) ** 2 for name, value in p.items() if name != "kind") - (p["kind"] == "y"))
