"""They think: one file per way to search. The table is what users pick from and tests run on."""

# A name -> where its settings class lives. Imported when used, so that listing names is cheap.
TABLE: dict[str, str] = {
    "random_search": "blackbox.strategies.random_search:RandomSearch",
    "sobol_search": "blackbox.strategies.sobol_search:SobolSearch",
    "gradient_ascent": "blackbox.strategies.gradient_ascent:GradientAscent",
    "zeroth_order": "blackbox.strategies.zeroth_order:ZerothOrder",
    "cma_es": "blackbox.strategies.cma_es:CmaEs",
    "bayes_opt": "blackbox.strategies.bayes_opt:BayesOpt",
    "turbo": "blackbox.strategies.turbo:Turbo",
    "botorch_loop": "blackbox.strategies.botorch_loop:BotorchLoop",
    "nevergrad": "blackbox.strategies.nevergrad:Nevergrad",
}
