// MQTTIntake
