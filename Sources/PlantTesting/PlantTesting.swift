// PlantTesting
