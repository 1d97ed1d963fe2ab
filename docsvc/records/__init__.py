"""The domain of records: units, registers and numbers, documents, who may read them, finding them, shares."""
