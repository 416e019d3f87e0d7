// StationAssembly
