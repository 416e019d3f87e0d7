"""Reads a device on 127.0.0.1 with pymodbus: PORT UNIT TABLE START COUNT; prints the values, or the exception's code."""
import sys

from pymodbus.client import ModbusTcpClient

port, unit, table, start, count = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
client = ModbusTcpClient("127.0.0.1", port=port, timeout=10, retries=0)
if not client.connect():
    sys.exit("no connection")
read = {
    "co": client.read_coils,
    "di": client.read_discrete_inputs,
    "hr": client.read_holding_registers,
    "ir": client.read_input_registers,
}[table]
answer = read(start, count=count, slave=unit)
if answer.isError():
    print("exception", getattr(answer, "exception_code", "none"))
elif table in ("co", "di"):
    print(*[int(bit) for bit in answer.bits[:count]])
else:
    print(*answer.registers)
client.close()
