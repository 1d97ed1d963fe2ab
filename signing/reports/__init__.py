"""Reports of a verification: JSON that it can be run again from, a PDF for people, XML after ETSI TS 119 102-2."""
