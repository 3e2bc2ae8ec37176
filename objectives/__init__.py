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
}
