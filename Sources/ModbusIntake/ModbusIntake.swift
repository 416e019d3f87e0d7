// ModbusIntake
