"""A Modbus/TCP server by pymodbus: holding register a holds 1000 + a, input register a 2000 + a, every third bit is set."""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer

# A slave context counts its blocks from 1.
context = ModbusServerContext(
    slaves=ModbusSlaveContext(
        co=ModbusSequentialDataBlock(1, [a % 3 == 0 for a in range(64)]),
        di=ModbusSequentialDataBlock(1, [a % 3 == 1 for a in range(64)]),
        hr=ModbusSequentialDataBlock(1, [1000 + a for a in range(64)]),
        ir=ModbusSequentialDataBlock(1, [2000 + a for a in range(64)]),
    ),
    single=True,
)
asyncio.run(StartAsyncTcpServer(context=context, address=("127.0.0.1", int(sys.argv[1]))))
