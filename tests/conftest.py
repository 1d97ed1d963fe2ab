"""What every test may ask for: real servers, started once and only when needed."""

pytest_plugins = ["tests.services.postgres", "tests.services.s3"]
