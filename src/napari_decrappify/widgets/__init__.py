"""The docks, one a file; they gather values, start a job and add its result."""
