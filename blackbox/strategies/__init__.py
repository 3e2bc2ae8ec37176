"""They think: one file per way to search, in the room of its family.

The table is what users pick from and tests run on.
"""

# A name -> where its settings class lives. Imported when used, so that listing names is cheap.
_PLACES = (
    "sampling.random_search:RandomSearch",
    "sampling.sobol_search:SobolSearch",
    "gradient.gradient_ascent:GradientAscent",
    "gradient.multi_start:MultiStart",
    "gradient.lbfgs:LBFGS",
    "gradient.langevin:Langevin",
    "estimation.zeroth_order:ZerothOrder",
    "estimation.chained_zeroth_order:ChainedZerothOrder",
    "estimation.hybrid_zeroth_order:HybridZerothOrder",
    "estimation.guided_es:GuidedEs",
    "evolution.cma_es:CmaEs",
    "evolution.sep_cma_es:SepCmaEs",
    "evolution.snes:Snes",
    "evolution.sphere_cma_es:SphereCmaEs",
    "evolution.basin_cma:BasinCma",
    "evolution.differential_evolution:DifferentialEvolution",
    "evolution.particle_swarm:ParticleSwarm",
    "evolution.sequence_ga:SequenceGa",
    "local.one_plus_one:OnePlusOne",
    "local.nelder_mead:NelderMead",
    "local.hill_climb:HillClimb",
    "local.pcn:Pcn",
    "bayesian.bayes_opt:BayesOpt",
    "bayesian.turbo:Turbo",
    "bayesian.linear_bo:LinearBo",
    "bayesian.baxus:Baxus",
    "bayesian.parego:Parego",
    "bayesian.botorch_loop:BotorchLoop",
    "training.generator_network:GeneratorNetwork",
    "training.conditional_generator:ConditionalGenerator",
    "training.finetune_decoder:FinetuneDecoder",
    "peers.nevergrad:Nevergrad",
    "peers.optuna:Optuna",
    "peers.cmaes:Cmaes",
    "peers.scipy:Scipy",
    "peers.ax:Ax",
    "peers.smac:Smac",
    "peers.pymoo:Pymoo",
    "peers.py_bobyqa:PyBobyqa",
    "composed.restarts:Restarts",
    "composed.chain:Chain",
    "composed.guarded:Guarded",
    "composed.auto:Auto",
    "composed.warm:Warm",
)
# A strategy has the name of its file.
TABLE: dict[str, str] = {
    place.split(":")[0].split(".")[1]: f"blackbox.strategies.{place}" for place in _PLACES
}
