/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-shortcut"

#include "accelerator.h"

#include <xkbcommon/xkbcommon.h>

#include "error.h"

#include <glib/gi18n.h>

/* Keys as GTK, Qt, the portal and people write them. Nothing here knows a desktop. */

/* Bits of Qt's key codes: https://doc.qt.io/qt-5/qt.html#KeyboardModifier-enum */
#define QT_SHIFT 0x02000000
#define QT_CONTROL 0x04000000
#define QT_ALT 0x08000000
#define QT_META 0x10000000
#define QT_KEYPAD 0x20000000
#define QT_KEY_MASK 0x01ffffff
#define QT_SPECIAL 0x01000000

typedef struct
{
  HoModifiers modifier;
  gint32 qt;
  const char *portal; /* https://specifications.freedesktop.org/shortcuts-spec/ */
  const char *label;
} Modifier;

/* In the order in which people name them. */
static const Modifier modifiers[] = {
  { HO_MODIFIER_SUPER, QT_META, "LOGO", NC_ ("key", "Super") },
  { HO_MODIFIER_CONTROL, QT_CONTROL, "CTRL", NC_ ("key", "Ctrl") },
  { HO_MODIFIER_ALT, QT_ALT, "ALT", NC_ ("key", "Alt") },
  { HO_MODIFIER_SHIFT, QT_SHIFT, "SHIFT", NC_ ("key", "Shift") },
};

static const struct
{
  const char *name;
  HoModifiers modifier;
} modifier_names[] = {
  { "Primary", HO_MODIFIER_CONTROL }, { "Control", HO_MODIFIER_CONTROL },
  { "Ctrl", HO_MODIFIER_CONTROL },    { "Ctl", HO_MODIFIER_CONTROL },
  { "Alt", HO_MODIFIER_ALT },         { "Mod1", HO_MODIFIER_ALT },
  { "Shift", HO_MODIFIER_SHIFT },     { "Shft", HO_MODIFIER_SHIFT },
  { "Super", HO_MODIFIER_SUPER },     { "Meta", HO_MODIFIER_SUPER },
  { "Mod4", HO_MODIFIER_SUPER },
};

typedef struct
{
  guint32 keysym;
  gint32 qt;
  const char *label; /* NULL: the keysym's own name */
} Key;

/* Keys that write no character: https://doc.qt.io/qt-5/qt.html#Key-enum */
static const Key keys[] = {
  { XKB_KEY_Escape, 0x01000000, NC_ ("key", "Esc") },
  { XKB_KEY_Tab, 0x01000001, NC_ ("key", "Tab") },
  { XKB_KEY_BackSpace, 0x01000003, NC_ ("key", "Backspace") },
  { XKB_KEY_Return, 0x01000004, NC_ ("key", "Return") },
  { XKB_KEY_KP_Enter, 0x01000005 | QT_KEYPAD, NC_ ("key", "Keypad Enter") },
  { XKB_KEY_Insert, 0x01000006, NC_ ("key", "Ins") },
  { XKB_KEY_Delete, 0x01000007, NC_ ("key", "Del") },
  { XKB_KEY_Pause, 0x01000008, NC_ ("key", "Pause") },
  { XKB_KEY_Break, 0x01000008, NC_ ("key", "Pause") },
  { XKB_KEY_Print, 0x01000009, NC_ ("key", "Print") },
  { XKB_KEY_Sys_Req, 0x0100000a, NULL },
  { XKB_KEY_Home, 0x01000010, NC_ ("key", "Home") },
  { XKB_KEY_End, 0x01000011, NC_ ("key", "End") },
  { XKB_KEY_Left, 0x01000012, NC_ ("key", "Left") },
  { XKB_KEY_Up, 0x01000013, NC_ ("key", "Up") },
  { XKB_KEY_Right, 0x01000014, NC_ ("key", "Right") },
  { XKB_KEY_Down, 0x01000015, NC_ ("key", "Down") },
  { XKB_KEY_Page_Up, 0x01000016, NC_ ("key", "PgUp") },
  { XKB_KEY_Page_Down, 0x01000017, NC_ ("key", "PgDown") },
  { XKB_KEY_Scroll_Lock, 0x01000026, NC_ ("key", "ScrollLock") },
  { XKB_KEY_Menu, 0x01000055, NC_ ("key", "Menu") },
  { XKB_KEY_Help, 0x01000058, NULL },
  { XKB_KEY_XF86Back, 0x01000061, NULL },
  { XKB_KEY_XF86Forward, 0x01000062, NULL },
  { XKB_KEY_XF86AudioLowerVolume, 0x01000070, NULL },
  { XKB_KEY_XF86AudioMute, 0x01000071, NULL },
  { XKB_KEY_XF86AudioRaiseVolume, 0x01000072, NULL },
  { XKB_KEY_XF86AudioPlay, 0x01000080, NULL },
  { XKB_KEY_XF86AudioStop, 0x01000081, NULL },
  { XKB_KEY_XF86AudioPrev, 0x01000082, NULL },
  { XKB_KEY_XF86AudioNext, 0x01000083, NULL },
  { XKB_KEY_XF86HomePage, 0x01000090, NULL },
  { XKB_KEY_XF86Favorites, 0x01000091, NULL },
  { XKB_KEY_XF86Search, 0x01000092, NULL },
  { XKB_KEY_XF86Standby, 0x01000093, NULL },
  { XKB_KEY_XF86Mail, 0x010000a0, NULL },
  { XKB_KEY_XF86AudioMedia, 0x010000a1, NULL },
  { XKB_KEY_XF86Launch0, 0x010000a2, NULL },
  { XKB_KEY_XF86Launch1, 0x010000a3, NULL },
  { XKB_KEY_XF86Calculator, 0x010000cb, NULL },
  { XKB_KEY_space, 0x20, NC_ ("key", "Space") },
};

/* Returns the length of the modifier at the start of @text, 0 if there is none. */
static gsize
parse_modifier (const char *text, HoModifiers *modifier)
{
  const char *end = strchr (text, '>');

  if (*text != '<' || end == NULL)
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (modifier_names); i++)
    if (strlen (modifier_names[i].name) == (gsize) (end - text - 1)
        && g_ascii_strncasecmp (modifier_names[i].name, text + 1, (gsize) (end - text - 1)) == 0)
      {
        *modifier = modifier_names[i].modifier;
        return (gsize) (end - text + 1);
      }
  return 0;
}

static guint32
parse_key (const char *name)
{
  guint32 keysym = xkb_keysym_from_name (name, XKB_KEYSYM_NO_FLAGS);

  if (keysym == XKB_KEY_NoSymbol)
    keysym = xkb_keysym_from_name (name, XKB_KEYSYM_CASE_INSENSITIVE);
  return xkb_keysym_to_lower (keysym);
}

static gboolean
is_function_key (guint32 keysym)
{
  return keysym >= XKB_KEY_F1 && keysym <= XKB_KEY_F35;
}

static gboolean
is_modifier_key (guint32 keysym)
{
  return (keysym >= XKB_KEY_Shift_L && keysym <= XKB_KEY_Hyper_R)
         || (keysym >= XKB_KEY_ISO_Lock && keysym <= XKB_KEY_ISO_Last_Group_Lock)
         || keysym == XKB_KEY_Num_Lock || keysym == XKB_KEY_Mode_switch;
}

/* Whether nobody writes with the key, so that it can stand alone. */
static gboolean
may_stand_alone (guint32 keysym)
{
  return is_function_key (keysym) || keysym == XKB_KEY_Pause || keysym == XKB_KEY_Scroll_Lock
         || keysym == XKB_KEY_Print || keysym == XKB_KEY_Menu || keysym >= XKB_KEY_XF86Standby;
}

static gboolean
fail (GError **error, const char *text, const char *why)
{
  g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
               _ ("“%s” cannot be a shortcut: %s. Write it like <Primary><Alt>m."), text, why);
  return FALSE;
}

/**
 * ho_accelerator_parse:
 * @text: keys as gtk_accelerator_name() writes them
 * @accelerator: (out): the keys
 * @error: return location for a #GError
 *
 * Returns: whether @text names keys that can be a shortcut; if not, %HO_ERROR_USAGE says why
 */
gboolean
ho_accelerator_parse (const char *text, HoAccelerator *accelerator, GError **error)
{
  const char *at = text;
  HoAccelerator parsed = { 0 };
  HoModifiers modifier;
  gsize length;

  for (; (length = parse_modifier (at, &modifier)) > 0; at += length)
    parsed.modifiers |= modifier;
  parsed.keysym = parse_key (at);

  if (parsed.keysym == XKB_KEY_NoSymbol)
    return fail (error, text, _ ("no key is called that"));
  if (is_modifier_key (parsed.keysym))
    return fail (error, text, _ ("it needs a key besides the modifiers"));
  if ((parsed.modifiers & ~HO_MODIFIER_SHIFT) == 0 && !may_stand_alone (parsed.keysym))
    return fail (error, text, _ ("it needs Ctrl, Alt or Super, or you could not type any more"));
  if (is_function_key (parsed.keysym)
      && parsed.modifiers == (HO_MODIFIER_CONTROL | HO_MODIFIER_ALT))
    return fail (error, text, _ ("these keys switch between consoles"));
  if (ho_accelerator_to_qt (&parsed) == 0)
    return fail (error, text, _ ("not every desktop knows this key"));
  *accelerator = parsed;
  return TRUE;
}

static const Key *
find_key (guint32 keysym)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].keysym == keysym)
      return &keys[i];
  return NULL;
}

static char *
dup_key_label (guint32 keysym)
{
  const Key *key = find_key (keysym);
  guint32 character = xkb_keysym_to_utf32 (keysym);
  char name[64];

  if (key != NULL && key->label != NULL)
    return g_strdup (g_dpgettext2 (NULL, "key", key->label));
  if (character != 0 && g_unichar_isgraph (character))
    {
      char utf8[8] = { 0 };

      g_unichar_to_utf8 (g_unichar_toupper (character), utf8);
      return keysym >= XKB_KEY_KP_Space && keysym <= XKB_KEY_KP_9
                 ? g_strdup_printf (_ ("Keypad %s"), utf8)
                 : g_strdup (utf8);
    }
  xkb_keysym_get_name (keysym, name, sizeof name);
  return g_strdup (g_str_has_prefix (name, "XF86") ? name + 4 : name);
}

/**
 * ho_accelerator_dup_label:
 * @accelerator: keys
 *
 * Returns: (transfer full): what people call them: `Ctrl+Alt+M`
 */
char *
ho_accelerator_dup_label (const HoAccelerator *accelerator)
{
  g_autoptr (GString) label = g_string_new (NULL);
  g_autofree char *key = dup_key_label (accelerator->keysym);

  for (gsize i = 0; i < G_N_ELEMENTS (modifiers); i++)
    if (accelerator->modifiers & modifiers[i].modifier)
      g_string_append_printf (label, "%s+", g_dpgettext2 (NULL, "key", modifiers[i].label));
  g_string_append (label, key);
  return g_string_free (g_steal_pointer (&label), FALSE);
}

/**
 * ho_accelerator_dup_trigger:
 * @accelerator: keys
 *
 * Returns: (transfer full): the keys as freedesktop's shortcuts specification writes them:
 * `CTRL+ALT+m`
 */
char *
ho_accelerator_dup_trigger (const HoAccelerator *accelerator)
{
  g_autoptr (GString) trigger = g_string_new (NULL);
  char name[64];

  for (gsize i = 0; i < G_N_ELEMENTS (modifiers); i++)
    if (accelerator->modifiers & modifiers[i].modifier)
      g_string_append_printf (trigger, "%s+", modifiers[i].portal);
  xkb_keysym_get_name (accelerator->keysym, name, sizeof name);
  g_string_append (trigger, name);
  return g_string_free (g_steal_pointer (&trigger), FALSE);
}

static gint32
key_to_qt (guint32 keysym)
{
  const Key *key = find_key (keysym);
  guint32 character = xkb_keysym_to_utf32 (keysym);

  if (key != NULL)
    return key->qt;
  if (is_function_key (keysym))
    return (gint32) (QT_SPECIAL + 0x30 + (keysym - XKB_KEY_F1));
  if (character == 0 || !g_unichar_isgraph (character))
    return 0;
  if (keysym >= XKB_KEY_KP_Space && keysym <= XKB_KEY_KP_9)
    return (gint32) character | QT_KEYPAD;
  return (gint32) g_unichar_toupper (character);
}

/**
 * ho_accelerator_to_qt:
 * @accelerator: keys
 *
 * Returns: the keys as a code of Qt, as kglobalaccel wants it; 0 if Qt has none
 */
gint32
ho_accelerator_to_qt (const HoAccelerator *accelerator)
{
  gint32 qt = key_to_qt (accelerator->keysym);

  for (gsize i = 0; qt != 0 && i < G_N_ELEMENTS (modifiers); i++)
    if (accelerator->modifiers & modifiers[i].modifier)
      qt |= modifiers[i].qt;
  return qt;
}

static guint32
key_from_qt (gint32 qt)
{
  gint32 code = qt & QT_KEY_MASK;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if ((keys[i].qt & QT_KEY_MASK) == code)
      return keys[i].keysym;
  if (code >= QT_SPECIAL + 0x30 && code < QT_SPECIAL + 0x30 + 35)
    return XKB_KEY_F1 + (guint32) (code - QT_SPECIAL - 0x30);
  if (code >= QT_SPECIAL)
    return XKB_KEY_NoSymbol;
  if ((qt & QT_KEYPAD) != 0 && code > 0x20 && code < 0x80)
    return XKB_KEY_KP_Space + (guint32) code;
  return xkb_keysym_to_lower (xkb_utf32_to_keysym ((guint32) code));
}

/**
 * ho_accelerator_from_qt:
 * @qt: a code of Qt
 * @accelerator: (out): the keys
 *
 * Returns: whether these are keys that have a name here
 */
gboolean
ho_accelerator_from_qt (gint32 qt, HoAccelerator *accelerator)
{
  HoAccelerator keys_found = { .keysym = key_from_qt (qt) };

  if (qt == 0 || keys_found.keysym == XKB_KEY_NoSymbol)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (modifiers); i++)
    if (qt & modifiers[i].qt)
      keys_found.modifiers |= modifiers[i].modifier;
  *accelerator = keys_found;
  return TRUE;
}
