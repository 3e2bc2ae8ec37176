"""They think: one file per way to search, in the room of its family.

The table is what users pick from and tests run on.
"""

# A name -> where its settings class lives. Imported when used, so that listing names is cheap.
_PLACES = (
    "sampling.random_search:RandomSearch",
    "sampling.sobol_search:SobolSearch",
    "gradient.gradient_ascent:GradientAscent",
    "estimation.zeroth_order:ZerothOrder",
    "evolution.cma_es:CmaEs",
    "bayesian.bayes_opt:BayesOpt",
    "bayesian.turbo:Turbo",
    "bayesian.botorch_loop:BotorchLoop",
    "peers.nevergrad:Nevergrad",
)
# A strategy has the name of its file.
TABLE: dict[str, str] = {
    place.split(":")[0].split(".")[1]: f"blackbox.strategies.{place}" for place in _PLACES
}
