"""Kinds of networks that more than one data set uses, without the layers that fit one picture."""
