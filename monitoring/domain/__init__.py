"""The risk manual's table of contents: each rule's idea in the file of its name."""
