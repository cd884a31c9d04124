#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the texts agree with the sources: agree.py settings|options|potfiles|preferences|
translations"""
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
    marked |= {str(path.relative_to(TOP)) for path in (TOP / 'src').rglob('*.ui')
               if 'translatable="yes"' in path.read_text()}
    for path in sorted(marked - listed):
        yield f'po/POTFILES: {path} is missing'
    for path in sorted(listed):
        if path.startswith('src/') and path not in marked:
            yield f'po/POTFILES: {path} has no text'
        elif not (TOP / path).exists():
            yield f'po/POTFILES: {path} does not exist'


# Settings that a page shows with code of its own: key → where.
SHOWN_BY_CODE = {
    'input-devices': 'src/desktop/device-list.c',
    'primary-guest': 'src/desktop/page-guests.c',
    'shortcut': 'src/desktop/shortcut-recorder.c',
    'trusted-cards': 'src/desktop/trusted-cards.c',
}
# Settings that no page has, with the reason.
NOT_SHOWN = {
    'qemu-user': 'it is found by itself nearly everywhere',
    'audio-device': 'the tray sets it',
}


# Texts that may be the same in another language: names, keys of a keyboard, and words that some languages share.
SAME = {'Handover', 'URI', 'libvirt', 'IOMMU', 'USB 3 (xHCI)', '%s. %s', '%s: %s.', 'Socket: %s\n', 'ids=%s in %s',
        "cache='unsafe': %s", 'General', 'Notifications', '_Volume', 'Virtualisation', 'Menu', 'mouse', 'Super', 'Ctrl', 'Alt',
        'Shift', 'Esc', 'Tab', 'Backspace', 'Ins', 'Del', 'Pause', 'Print', 'Home', 'End', 'PgUp', 'PgDown',
        'ScrollLock'}


def translations():
    """Every language has every text of the template, with all its plural forms, and none left in English."""
    import polib
    template = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(TOP / 'po/handover.pot')}
    languages = [line for line in (TOP / 'po/LINGUAS').read_text().split('\n') if line and line[0] != '#']
    if len(languages) < 6:
        yield f'po/LINGUAS: only {languages}'
    for language in languages:
        catalogue = polib.pofile(TOP / f'po/{language}.po')
        forms = int(re.search(r'nplurals=(\d)', catalogue.metadata['Plural-Forms'])[1])
        texts = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
        for _context, text in sorted(texts ^ template, key=str):
            yield f'po/{language}.po: {text!r} is in only one of it and the template'
        for entry in catalogue:
            if 'fuzzy' in entry.flags:
                yield f'po/{language}.po: {entry.msgid!r} is fuzzy'
            elif entry.msgid_plural and sum(map(bool, entry.msgstr_plural.values())) != forms:
                yield f'po/{language}.po: {entry.msgid!r} lacks a plural form'
            elif not entry.msgid_plural and not entry.msgstr:
                yield f'po/{language}.po: {entry.msgid!r} is not translated'
            elif entry.msgstr == entry.msgid and entry.msgid not in SAME:
                yield f'po/{language}.po: {entry.msgid!r} is left as it is'


def catalogues():
    """English, which needs none, and every language with its texts."""
    import polib
    yield 'en', {}
    for language in (TOP / 'po/LINGUAS').read_text().split('\n'):
        if language and language[0] != '#':
            yield language, {entry.msgid: entry.msgstr for entry in polib.pofile(TOP / f'po/{language}.po')}


def clashes(language, page, titles):
    """Rows of a page without a mnemonic, or with the same as another."""
    seen = {}
    for title, text in titles:
        letter = re.search('_(.)', text)
        if not letter:
            yield f'{language}, {page}: “{title}” has no mnemonic'
        elif letter[1].lower() in seen:
            yield f'{language}, {page}: “{title}” and “{seen[letter[1].lower()]}” share a mnemonic'
        else:
            seen[letter[1].lower()] = title


def preferences():
    """Every setting can be chosen in the window, and no two rows of a page share a mnemonic in any language."""
    sys.path.insert(0, str(TOP / 'tests/lib'))
    import windows
    rows = list(windows.all_rows())
    shown = {(row.key, row.guest) for row in rows if row.key}
    for schema in ElementTree.parse(TOP / 'data/org.handover.Handover.gschema.xml').iter('schema'):
        guest = schema.get('id').endswith('.Guest')
        keys = {key.get('name') for key in schema.iter('key')}
        for key in sorted(keys):
            if (key, guest) not in shown and key not in SHOWN_BY_CODE and key not in NOT_SHOWN:
                yield f'no page of the preferences has {key} ({schema.get("id")})'
        for row in rows:
            if row.key and row.guest == guest and row.key not in keys:
                yield f'{row.page}: {row.key} is no setting'
    for language, catalogue in catalogues():
        for page in windows.pages():
            yield from clashes(language, page, [(row.title, catalogue.get(row.mnemonic, row.mnemonic))
                                                for row in rows if row.page == page])
    files = {path.stem for path in (TOP / 'src/desktop/ui').glob('page-*.ui')}
    for name in sorted(files - {file for page in windows.PAGES.values() for file in page}):
        yield f'tests/lib/windows.py does not know {name}.ui'


faults = list({'settings': settings, 'options': options, 'potfiles': potfiles,
               'preferences': preferences, 'translations': translations}[sys.argv[1]]())
print('\n'.join(faults))
sys.exit(bool(faults))
