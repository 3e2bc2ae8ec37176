"""Scorers that write something when they are called: state of a run, and no input of it."""

TEXTS = """
### a global
n = 0
def score(z):
    global n
    n += 1
    return n
### an item of a global
calls = {'n': 0}
def score(z):
    calls['n'] += 1
    return z
### an item of an item
calls = {1: [0]}
def score(z):
    calls[1][0] += 1
    return z
### a list
calls = []
def score(z):
    calls.append(z)
    return z
### a list by another name
calls = []
def score(z):
    log = calls
    log.append(z)
    return z
### a set
seen = set()
def score(z):
    seen.add(z)
    return z
### a deque
import collections
last = collections.deque([0])
def score(z):
    last.popleft()
    last.append(z)
    return z
### a comprehension's list
calls = []
def score(z):
    [calls.append(z) for _ in range(2)]
    return z
### a counter
import itertools
count = itertools.count()
def score(z):
    return next(count)
### an attribute of the function
def score(z):
    score.calls += 1
    return z
score.calls = 0
### a default
def score(z, seen={}):
    seen[z] = 1
    return z
### a keyword's default
def score(z, *, seen=[]):
    seen.append(z)
    return z
### a module's global
import state
def score(z):
    state.n += 1
    return z
### a module's list
import state
def score(z):
    state.calls.append(z)
    return z
### a helper's global
import state
def score(z):
    return state.count()
### a closure's number
def make():
    n = 0
    def score(z):
        nonlocal n
        n += 1
        return n
    return score
score = make()
### a closure's dict
def make():
    cache = {}
    def score(z):
        cache[z] = z
        return z
    return score
score = make()
### an object's attribute
class Model:
    n = 0
    def __call__(self, z):
        self.n += 1
        return z
score = Model()
### an object's cache
class Model:
    def __init__(self):
        self.cache = {}
    def __call__(self, z):
        self.cache[z] = z
        return z
score = Model()
### an object's log
class Model:
    def __init__(self):
        self.log = []
    def __call__(self, z):
        log = self.log
        log.append(z)
        return z
score = Model()
### a method that it calls
class Model:
    n = 0
    def step(self):
        self.n += 1
    def __call__(self, z):
        self.step()
        return z
score = Model()
### a base class's method
class Base:
    n = 0
    def step(self):
        self.n += 1
class Model(Base):
    def __call__(self, z):
        super().step()
        return z
score = Model()
### the class's attribute
class Model:
    n = 0
    def __call__(self, z):
        Model.n += 1
        return z
score = Model()
### an attribute's attribute
class Counter:
    n = 0
class Model:
    def __init__(self):
        self.counter = Counter()
    def __call__(self, z):
        self.counter.n += 1
        return z
score = Model()
### a bound method
class Model:
    n = 0
    def rate(self, z):
        self.n += 1
        return z
score = Model().rate
### an object among others
class Model:
    n = 0
    def __call__(self, z):
        self.n += 1
        return z
models = [Model(), Model()]
def score(z):
    return [m(z) for m in models]
### a decorated method
import functools
def same(f):
    @functools.wraps(f)
    def wrapper(*a):
        return f(*a)
    return wrapper
class Model:
    n = 0
    @same
    def __call__(self, z):
        self.n += 1
        return z
score = Model()
### a dataclass's field
import dataclasses
@dataclasses.dataclass
class Model:
    n: int = 0
    def __call__(self, z):
        self.n += 1
        return z
score = Model()
### a frozen dataclass's field
import dataclasses
@dataclasses.dataclass(frozen=True)
class Model:
    n: int = 0
    def __call__(self, z):
        object.__setattr__(self, "n", self.n + 1)
        return z
score = Model()
### how a network is used
import torch
net = torch.nn.Sequential(torch.nn.Dropout())
def score(z):
    net.eval()
    return z
### how an object's network is used
import torch
class Model:
    def __init__(self):
        self.net = torch.nn.Sequential(torch.nn.Dropout())
    def __call__(self, z):
        self.net.eval()
        return z
score = Model()
### an object's own append
class Log:
    def __init__(self):
        self.rows = []
    def append(self, z):
        self.rows.append(z)
log = Log()
def score(z):
    log.append(z)
    return z
### an own append of an object's object
class Log:
    def __init__(self):
        self.rows = []
    def append(self, z):
        self.rows.append(z)
class Model:
    def __init__(self):
        self.log = Log()
    def __call__(self, z):
        self.log.append(z)
        return z
score = Model()
### a slice
import numpy as np
class Model:
    def __init__(self):
        self.last = np.zeros(2)
    def __call__(self, z):
        self.last[:] = z
        return z
score = Model()
### a deleted attribute
class Model:
    def __init__(self):
        self.first = 1
    def __call__(self, z):
        if hasattr(self, "first"):
            del self.first
        return z
score = Model()
### nested functions
class Model:
    def __init__(self):
        self.calls, self.n = [], 0
    def __call__(self, z):
        def inner():
            self.n += 1
            self.calls.append(z)
        inner()
        return z
score = Model()
### a remembered function
import functools
@functools.cache
def score(z):
    return z
### a remembered property
import functools
class Model:
    @functools.cached_property
    def width(self):
        return 3
    def __call__(self, z):
        return z * self.width
score = Model()
### a network's counter
import torch
class Net(torch.nn.Module):
    n = 0
    def forward(self, z):
        self.n += 1
        return z
score = Net()
### a file
import io
log = io.StringIO()
def score(z):
    log.write('called')
    return z
"""
WRITERS = dict(text.split("\n", 1) for text in TEXTS.split("### ")[1:])
