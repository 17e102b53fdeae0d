"""MS-TDS 7.0 to 7.4 as a passive listener sees it (MS-TDS v39)."""
