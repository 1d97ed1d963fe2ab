"""What every test may ask for: real servers, started once and only when needed, and a small office on them."""

pytest_plugins = [
    "tests.services.postgres",
    "tests.services.s3",
    "tests.services.softhsm",
    "tests.services.csc",
    "tests.services.opensearch",
    "tests.office",
]
