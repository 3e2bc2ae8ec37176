"""The formats that logs are read and written in, by name: what reads and writes them is heavy."""

# Logs that are read: those of other tools, and our own frames.
LOGS = ("csv", "nevergrad", "coco", "ioh", "optuna", "parquet")
# What the runs of a study are written as, for other tools.
EXPORTS = ("coco", "csv", "ioh", "nevergrad", "parquet")
# What a column of a long csv may mean, and the name that IOHanalyzer (`read_pure_csv`) and our own
# export give it.
LONG = {
    "evaluation": "neval",
    "score": "fval",
    "objective": "fname",
    "strategy": "algname",
    "dim": "dim",
    "seed": "run",
    "gradients": "n_gradients",
}
