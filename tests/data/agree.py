#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the texts agree with the sources: agree.py settings|options|potfiles"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]


def settings():
    """Every key of the schema is in handover-settings(5) under its section, and no other is."""
    page = (TOP / 'data/man/handover-settings.5.scd').read_text()
    sections = dict(re.findall(r'^# SECTION (\S+)\n(.*?)(?=^# )', page, re.M | re.S))
    for schema in ElementTree.parse(TOP / 'data/org.handover.Handover.gschema.xml').iter('schema'):
        section = '[guests/UUID]' if schema.get('id').endswith('.Guest') else '[settings]'
        keys = {key.get('name') for key in schema.iter('key')}
        told = set(re.findall(r'^\*([a-z-]+)\*$', sections[section], re.M))
        for key in sorted(keys ^ told):
            yield f'handover-settings(5), {section}: {key} is in only one of page and schema'


def options():
    """Every command and option of handover is in handover(1) and in each completion."""
    source = (TOP / 'src/cli/command.c').read_text()
    verbs = re.findall(r'\{ "([a-z]+)", HO_VERB_', source)
    flags = re.findall(r'\{ "([a-z-]+)", (?:0|\'.\'), 0, G_OPTION_ARG', source)
    if not verbs or not flags:
        yield 'src/cli/command.c: no commands or options found'
    page = (TOP / 'data/man/handover.1.scd').read_text()
    for word in verbs + ['--' + flag for flag in flags]:
        if f'*{word}*' not in page:
            yield f'handover(1): {word} is missing'
    for name in ['handover.bash', '_handover', 'handover.fish']:
        text = (TOP / 'data/completions' / name).read_text()
        dash = '-l ' if name.endswith('.fish') else '--'
        for word in verbs + [dash + flag for flag in flags]:
            if not re.search(re.escape(word) + r'(?![\w-])', text):
                yield f'{name}: {word} is missing'


def potfiles():
    """po/POTFILES lists every source with text for the user, and nothing else."""
    listed = {line for line in (TOP / 'po/POTFILES').read_text().split('\n')
              if line and not line.startswith('#')}
    marked = {str(path.relative_to(TOP)) for path in (TOP / 'src').rglob('*.c')
              if re.search(r'\b(?:[NC]?_|ngettext) \(', path.read_text())}
    for path in sorted(marked - listed):
        yield f'po/POTFILES: {path} is missing'
    for path in sorted(listed):
        if path.startswith('src/') and path not in marked:
            yield f'po/POTFILES: {path} has no text'
        elif not (TOP / path).exists():
            yield f'po/POTFILES: {path} does not exist'


faults = list({'settings': settings, 'options': options, 'potfiles': potfiles}[sys.argv[1]]())
print('\n'.join(faults))
sys.exit(bool(faults))
