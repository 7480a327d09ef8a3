"""Rules that draw conclusions for the business, a subject a module.

A rule concludes where a whole interval lies beyond its threshold, and never from fewer than the
number of which none or all would hardly be chance. Whatever else there is, it calls not settled.
"""
