"""The cloud on one machine: database, queues, gateway, scheduler, stand-ins of the outside world, the command
line.

Never packaged: nothing under chalicelib may import it.
"""
