# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the program: its template, its translations, and one that no person made."""

import gettext
import os
import subprocess

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PO = os.path.join(SOURCE, 'po')
# What Meson's preset for GLib says, see po/meson.build.
KEYWORDS = ['_', 'N_', 'C_:1c,2', 'NC_:1c,2', 'g_dcgettext:2', 'g_dngettext:2,3',
            'g_dpgettext2:2c,3']
LEFT, RIGHT = '⟦', '⟧'


def template(path):
    """Gather the texts of all sources into a template, as `ninja handover-pot` does."""
    subprocess.run(['xgettext', '--from-code=UTF-8', '--add-comments', '--package-name=handover',
                    f'--directory={SOURCE}', '--files-from=' + _files(path), f'--output={path}',
                    *[f'--keyword={word}' for word in KEYWORDS]],
                   check=True, capture_output=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    return path


def _files(path):
    """POTFILES without its comments, which xgettext does not know in every version."""
    listed = f'{path}.files'
    with open(os.path.join(PO, 'POTFILES')) as stream, open(listed, 'w') as out:
        out.write(''.join(line for line in stream if not line.startswith('#')))
    return listed


def languages():
    """The languages of po/LINGUAS."""
    with open(os.path.join(PO, 'LINGUAS')) as stream:
        return [word for line in stream if not line.startswith('#') for word in line.split()]


def compile_po(po, folder, language):
    """Compile a translation to where gettext finds it; returns its entries."""
    target = os.path.join(folder, language, 'LC_MESSAGES')
    os.makedirs(target, exist_ok=True)
    mo = os.path.join(target, 'handover.mo')
    subprocess.run(['msgfmt', '--check-format', f'--output-file={mo}', po], check=True)
    with open(mo, 'rb') as stream:
        return gettext.GNUTranslations(stream)._catalog


def pseudo(folder, language):
    """A translation in which every text is in brackets, so that what is not translated is seen.

    Returns the folder, for HANDOVER_LOCALE_DIR; `language` is the one that it pretends to be."""
    os.makedirs(folder, exist_ok=True)
    pot = template(os.path.join(folder, 'handover.pot'))
    po = os.path.join(folder, f'{language}.po')
    english = subprocess.run(['msgen', f'--lang={language}', pot], check=True,
                             capture_output=True).stdout
    subprocess.run(['msgfilter', '--keep-header', f'--output-file={po}', 'sed',
                    f's/.*/{LEFT}&{RIGHT}/'], input=english, check=True, capture_output=True)
    with open(po) as stream:
        text = stream.read().replace('nplurals=INTEGER; plural=EXPRESSION;',
                                     'nplurals=2; plural=n != 1;')
    with open(po, 'w') as stream:
        stream.write(text)
    compile_po(po, folder, language)
    return folder


def is_translated(text):
    """Whether a text of the pseudo translation was translated, whatever it is put into."""
    return LEFT in text and RIGHT in text
