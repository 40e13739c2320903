"""Cameras to events: receiving, decoding by need, the watch loop, and the durable way out.

Owns threads and sockets. Knows nothing of tickets, users or the API's database.
"""
