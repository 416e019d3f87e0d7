// ParkSimulator
