"""Concrete decoders and scorers. The table is what users pick from and tests run on."""

BOTORCH_FUNCTIONS = (
    *("Ackley", "Beale", "Branin", "Bukin", "ConstrainedGramacy", "ConstrainedHartmann"),
    *("ConstrainedHartmannSmooth", "Cosine8", "DixonPrice", "DropWave"),
    *("EggHolder", "Griewank", "Hartmann", "HolderTable", "Levy", "Michalewicz"),
    *("Powell", "Rastrigin", "Rosenbrock", "Shekel", "SixHumpCamel", "StyblinskiTang"),
    *("ThreeHumpCamel",),
)
BOTORCH_CRITERIA = (
    *("BraninCurrin", "CarSideImpact", "DTLZ1", "DTLZ2", "DTLZ3", "DTLZ4", "DTLZ5", "DTLZ7"),
    *("VehicleSafety", "ZDT1", "ZDT2", "ZDT3"),
)
NEVERGRAD_FUNCTIONS = (
    *("ackley", "altcigar", "altellipsoid", "bentcigar", "bucherastrigin", "cigar"),
    *("deceptiveillcond", "deceptivemultimodal", "deceptivepath", "discus"),
    *("doublelinearslope", "ellipsoid", "genzcornerpeak", "genzgaussianpeakintegral"),
    *("griewank", "hm", "linear", "lunacek", "maxdeceptive", "minusgenzcornerpeak"),
    *("minusgenzgaussianpeakintegral", "multipeak", "rastrigin", "rosenbrock"),
    *("schwefel_1_2", "slope", "sphere", "sphere1", "sphere2", "sphere4", "st0"),
    *("stepdoublelinearslope", "stepellipsoid", "sumdeceptive"),
)

# A name -> the function that makes the objective. Imported when used.
TABLE: dict[str, str] = {
    "synthetic.sphere": "blackbox.objectives.synthetic:sphere",
    "synthetic.ellipsoid": "blackbox.objectives.synthetic:ellipsoid",
    "synthetic.rosenbrock": "blackbox.objectives.synthetic:rosenbrock",
    "synthetic.rastrigin": "blackbox.objectives.synthetic:rastrigin",
    "synthetic.ackley": "blackbox.objectives.synthetic:ackley",
    "synthetic.levy": "blackbox.objectives.synthetic:levy",
    "synthetic.griewank": "blackbox.objectives.synthetic:griewank",
    "perceptron.reconstruction": "blackbox.objectives.perceptron:reconstruction",
    "perceptron.likeness": "blackbox.objectives.perceptron:likeness",
    **{f"bbob.f{number}": f"blackbox.objectives.bbob:f{number}" for number in range(1, 25)},
    "ma_bbob.mixed": "blackbox.objectives.ma_bbob:mixed",
    **{
        f"botorch_functions.{name}": f"blackbox.objectives.botorch_functions:{name}"
        for name in BOTORCH_FUNCTIONS
    },
    **{
        f"botorch_functions.{name}": f"blackbox.objectives.botorch_criteria:{name}"
        for name in BOTORCH_CRITERIA
    },
    **{
        f"nevergrad_functions.{name}": f"blackbox.objectives.nevergrad_functions:{name}"
        for name in NEVERGRAD_FUNCTIONS
    },
    "ehrlich.sequence": "blackbox.objectives.ehrlich:sequence",
    "classics.pressure_vessel": "blackbox.objectives.classics:pressure_vessel",
    "classics.welded_beam": "blackbox.objectives.classics:welded_beam",
    "classics.spring": "blackbox.objectives.classics:spring",
    "classics.speed_reducer": "blackbox.objectives.classics:speed_reducer",
    "classics.cantilever": "blackbox.objectives.classics:cantilever",
    "classics.gear_train": "blackbox.objectives.classics:gear_train",
    "classics.three_bar_truss": "blackbox.objectives.classics:three_bar_truss",
    "digits.thickness": "blackbox.objectives.digits:thickness",
    "digits.digit": "blackbox.objectives.digits:digit",
    "digits.bold_digit": "blackbox.objectives.digits:bold_digit",
    "digits.realism": "blackbox.objectives.digits:realism",
    "digits.super_resolution": "blackbox.objectives.digits:super_resolution",
    "digits.activation": "blackbox.objectives.digits:activation",
    "digits.inversion": "blackbox.objectives.digits:inversion",
    "digits.perceptual": "blackbox.objectives.digits:perceptual",
    "digits.text": "blackbox.objectives.digits:text",
    "airfoils.lift_to_drag": "blackbox.objectives.airfoils:lift_to_drag",
    "molecules.qed": "blackbox.objectives.molecules:qed",
    "molecules.logp": "blackbox.objectives.molecules:logp",
    "molecules.bounded_logp": "blackbox.objectives.molecules:bounded_logp",
    "molecules.similarity": "blackbox.objectives.molecules:similarity",
    "molecules.property": "blackbox.objectives.molecules:property",
    "molecules.two_sided": "blackbox.objectives.molecules:two_sided",
    "text.readability": "blackbox.objectives.text:readability",
    "text.simplify": "blackbox.objectives.text:simplify",
    "text.eloquence": "blackbox.objectives.text:eloquence",
    "tables.regressor": "blackbox.objectives.tables:regressor",
    "mnist.thickness": "blackbox.objectives.mnist:thickness",
    "mnist.digit": "blackbox.objectives.mnist:digit",
    "mnist.bold_digit": "blackbox.objectives.mnist:bold_digit",
    "mnist.realism": "blackbox.objectives.mnist:realism",
    "mnist.super_resolution": "blackbox.objectives.mnist:super_resolution",
    "mnist.activation": "blackbox.objectives.mnist:activation",
    "mnist.inversion": "blackbox.objectives.mnist:inversion",
    "mnist.perceptual": "blackbox.objectives.mnist:perceptual",
    "mnist.text": "blackbox.objectives.mnist:text",
}
