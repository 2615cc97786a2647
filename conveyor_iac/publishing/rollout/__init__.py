"""From a published release and an installation file to what launches it: links, commands, StackSets, a workflow.

Sends nothing, and knows no secret: what is NoEcho in a template stands in no file and no link made here.
"""
