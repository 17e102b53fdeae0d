"""A SQL Server of the tests, as far as MS-TDS 7.0 to 7.4 shows one; it shares no code with ours."""
