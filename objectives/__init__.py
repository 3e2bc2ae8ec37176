"""Concrete decoders and scorers. The table is what users pick from and tests run on."""

# A name -> the function that makes the objective. Imported when used.
TABLE: dict[str, str] = {
    "synthetic.sphere": "objectives.synthetic:sphere",
    "synthetic.ellipsoid": "objectives.synthetic:ellipsoid",
    "synthetic.rosenbrock": "objectives.synthetic:rosenbrock",
    "synthetic.rastrigin": "objectives.synthetic:rastrigin",
    "synthetic.ackley": "objectives.synthetic:ackley",
    "digits.thickness": "objectives.digits:thickness",
    "digits.digit": "objectives.digits:digit",
    "digits.bold_digit": "objectives.digits:bold_digit",
    "digits.realism": "objectives.digits:realism",
    "digits.super_resolution": "objectives.digits:super_resolution",
    "digits.activation": "objectives.digits:activation",
    "digits.inversion": "objectives.digits:inversion",
    "digits.perceptual": "objectives.digits:perceptual",
    "digits.text": "objectives.digits:text",
    "tables.regressor": "objectives.tables:regressor",
    "mnist.thickness": "objectives.mnist:thickness",
    "mnist.digit": "objectives.mnist:digit",
    "mnist.bold_digit": "objectives.mnist:bold_digit",
    "mnist.realism": "objectives.mnist:realism",
    "mnist.super_resolution": "objectives.mnist:super_resolution",
    "mnist.activation": "objectives.mnist:activation",
    "mnist.inversion": "objectives.mnist:inversion",
    "mnist.perceptual": "objectives.mnist:perceptual",
    "mnist.text": "objectives.mnist:text",
}
