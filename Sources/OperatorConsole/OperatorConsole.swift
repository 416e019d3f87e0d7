// OperatorConsole
