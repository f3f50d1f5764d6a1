print("provenance")
