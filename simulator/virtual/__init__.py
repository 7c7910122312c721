"""Virtual time: a reactor, TCP in memory, executors and processes that obey no real clock."""

from simulator.virtual.executor import VirtualExecutor
from simulator.virtual.history import Event, History
from simulator.virtual.leaks import RealTimeLeakError, no_real_time
from simulator.virtual.network import Host, SimulatedNetwork
from simulator.virtual.process import Process
from simulator.virtual.reactor import VirtualReactor
from simulator.virtual.timeline import EndlessLoopError, ProcessKilled, Timeline
from simulator.virtual.waiting import StillWaitingError
from simulator.virtual.wires import Latency, Passage, PlainPassage, Wire
from simulator.virtual.world import World, open_world

__all__ = [
    "EndlessLoopError",
    "Event",
    "History",
    "Host",
    "Latency",
    "Passage",
    "PlainPassage",
    "Process",
    "ProcessKilled",
    "RealTimeLeakError",
    "SimulatedNetwork",
    "StillWaitingError",
    "Timeline",
    "VirtualExecutor",
    "VirtualReactor",
    "Wire",
    "World",
    "no_real_time",
    "open_world",
]
