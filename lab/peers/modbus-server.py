#!/usr/bin/python3
"""A press controller with two drives behind it: pymodbus, units 1 (itself), 3 and 5."""
import logging
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartTcpServer

logging.basicConfig(stream=sys.stderr, level=logging.ERROR)


def unit(seed):
    bits = [(i * seed) % 7 == 0 for i in range(256)]
    words = [(i * seed * 37) % 4000 for i in range(512)]
    return ModbusSlaveContext(
        di=ModbusSequentialDataBlock(0, bits), co=ModbusSequentialDataBlock(0, bits),
        hr=ModbusSequentialDataBlock(0, words), ir=ModbusSequentialDataBlock(0, words))


identity = ModbusDeviceIdentification(info={
    0: "Schneider Electric", 1: "BMX P34 2020", 2: "V3.20",
    3: "https://www.se.com", 4: "Modicon M340", 5: "Press 3"})
context = ModbusServerContext(slaves={n: unit(n) for n in (1, 3, 5)}, single=False)
StartTcpServer(context=context, identity=identity, address=(sys.argv[1], 502))
