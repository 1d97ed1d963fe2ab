"""Official signatures on PDF files: keys, appearances, signing, timestamps, verification.

A library of its own: it knows nothing of web pages, databases or settings.
"""
