/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-shortcut"

#include "shortcut-x11.h"

#include <xcb/xcb.h>
#include <glib-unix.h>
#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon.h>

#include "error.h"

#include <glib/gi18n.h>

/* What tells of another keyboard or layout. */
#define MAPPING_EVENTS (XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_MAP_NOTIFY)
#define MAPPING_PARTS (XCB_XKB_MAP_PART_KEY_SYMS | XCB_XKB_MAP_PART_MODIFIER_MAP)

/**
 * HoShortcutX11:
 *
 * Grabs of keys on an X server, for sessions without a service for shortcuts. It has a connection
 * of its own, so that no toolkit is needed and the grabs go with it. The few questions are answered
 * by a server on this machine, on which the whole desktop waits likewise.
 *
 * A grab holds for exactly one set of modifiers, and Caps Lock, Num Lock and Scroll Lock are
 * modifiers, so each combination of them is grabbed. Protocol: X11, GrabKey; XKB for a keyboard
 * that tells repeats from releases, and for the modifiers that are released after the key.
 */
struct _HoShortcutX11
{
  GObject parent;

  char *display;
  xcb_connection_t *connection;
  guint source;
  guint8 xkb_event; /* number of XKB's first event; 0 without XKB */

  HoAccelerator wanted;
  GByteArray *keycodes; /* that have the key */
  guint16 modifiers;    /* those of the keys, as X numbers them */
  guint16 locks;        /* those that make no difference */
  gboolean released;    /* the key is up, a modifier still down */
};

static void ho_shortcut_x11_iface_init (HoShortcutBackendInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoShortcutX11, ho_shortcut_x11, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_SHORTCUT_BACKEND,
                                                      ho_shortcut_x11_iface_init))

/* The keyboard as the server describes it now. */
typedef struct
{
  guint8 first; /* keycode of keysyms[0] */
  guint n_keycodes;
  guint n_per_keycode;
  xcb_keysym_t *keysyms;
  xcb_get_modifier_mapping_reply_t *modifiers;
} Keyboard;

static void
keyboard_free (Keyboard *keyboard)
{
  g_free (keyboard->keysyms);
  free (keyboard->modifiers);
  g_free (keyboard);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Keyboard, keyboard_free)

static Keyboard *
keyboard_read (xcb_connection_t *connection)
{
  const xcb_setup_t *setup = xcb_get_setup (connection);
  g_autoptr (Keyboard) keyboard = g_new0 (Keyboard, 1);
  xcb_get_keyboard_mapping_cookie_t keys;
  xcb_get_modifier_mapping_cookie_t modifiers;
  xcb_get_keyboard_mapping_reply_t *reply;

  keyboard->first = setup->min_keycode;
  keyboard->n_keycodes = (guint) (setup->max_keycode - setup->min_keycode + 1);
  keys = xcb_get_keyboard_mapping (connection, keyboard->first, (guint8) keyboard->n_keycodes);
  modifiers = xcb_get_modifier_mapping (connection);
  reply = xcb_get_keyboard_mapping_reply (connection, keys, NULL);
  keyboard->modifiers = xcb_get_modifier_mapping_reply (connection, modifiers, NULL);
  if (reply != NULL)
    {
      keyboard->n_per_keycode = reply->keysyms_per_keycode;
      keyboard->keysyms = g_memdup2 (xcb_get_keyboard_mapping_keysyms (reply),
                                     sizeof (xcb_keysym_t)
                                         * (gsize) xcb_get_keyboard_mapping_keysyms_length (reply));
      free (reply);
    }
  return keyboard->keysyms != NULL && keyboard->modifiers != NULL ? g_steal_pointer (&keyboard)
                                                                  : NULL;
}

static gboolean
keyboard_has (const Keyboard *keyboard, guint keycode, guint32 keysym)
{
  const xcb_keysym_t *at;

  if (keycode < keyboard->first || keycode >= keyboard->first + keyboard->n_keycodes)
    return FALSE;
  at = keyboard->keysyms + (gsize) (keycode - keyboard->first) * keyboard->n_per_keycode;
  for (guint i = 0; i < keyboard->n_per_keycode; i++)
    if (at[i] == keysym)
      return TRUE;
  return FALSE;
}

/* Returns the bit of the modifier that the key @keysym switches, 0 if it is none. */
static guint16
keyboard_get_modifier (const Keyboard *keyboard, guint32 keysym)
{
  const xcb_keycode_t *keycodes = xcb_get_modifier_mapping_keycodes (keyboard->modifiers);
  guint n = keyboard->modifiers->keycodes_per_modifier;

  for (guint modifier = 0; modifier < 8; modifier++)
    for (guint i = 0; i < n; i++)
      if (keycodes[modifier * n + i] != 0
          && keyboard_has (keyboard, keycodes[modifier * n + i], keysym))
        return (guint16) (1 << modifier);
  return 0;
}

static guint16
get_modifiers (const Keyboard *keyboard, HoModifiers modifiers)
{
  guint16 alt = keyboard_get_modifier (keyboard, XKB_KEY_Alt_L);
  guint16 super = keyboard_get_modifier (keyboard, XKB_KEY_Super_L);
  guint16 all = 0;

  if (modifiers & HO_MODIFIER_CONTROL)
    all |= XCB_MOD_MASK_CONTROL;
  if (modifiers & HO_MODIFIER_SHIFT)
    all |= XCB_MOD_MASK_SHIFT;
  if (modifiers & HO_MODIFIER_ALT)
    all |= alt != 0 ? alt : XCB_MOD_MASK_1;
  if (modifiers & HO_MODIFIER_SUPER)
    all |= super != 0 ? super : XCB_MOD_MASK_4;
  return all;
}

static guint16
get_locks (const Keyboard *keyboard)
{
  return (guint16) (XCB_MOD_MASK_LOCK | keyboard_get_modifier (keyboard, XKB_KEY_Num_Lock)
                    | keyboard_get_modifier (keyboard, XKB_KEY_Scroll_Lock));
}

static void
ungrab_all (HoShortcutX11 *self)
{
  xcb_screen_iterator_t at = xcb_setup_roots_iterator (xcb_get_setup (self->connection));

  for (; at.rem > 0; xcb_screen_next (&at))
    xcb_ungrab_key (self->connection, XCB_GRAB_ANY, at.data->root, XCB_MOD_MASK_ANY);
  xcb_flush (self->connection);
}

/* Grabs one key with every combination of the locks; returns whether all were free. */
static gboolean
grab_key (HoShortcutX11 *self, xcb_keycode_t keycode)
{
  xcb_screen_iterator_t at = xcb_setup_roots_iterator (xcb_get_setup (self->connection));
  gboolean granted = TRUE;

  for (; at.rem > 0; xcb_screen_next (&at))
    /* Each subset of the locks, the empty one last. */
    for (guint subset = self->locks;; subset = (subset - 1) & self->locks)
      {
        xcb_void_cookie_t cookie = xcb_grab_key_checked (
            self->connection, 1, at.data->root, (guint16) (self->modifiers | subset), keycode,
            XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC);
        xcb_generic_error_t *error = xcb_request_check (self->connection, cookie);

        if (error != NULL)
          granted = FALSE;
        free (error);
        if (subset == 0)
          break;
      }
  return granted;
}

/* Looks for the keys on the keyboard; returns whether they are where they were. */
static gboolean
locate (HoShortcutX11 *self)
{
  g_autoptr (Keyboard) keyboard = keyboard_read (self->connection);
  g_autoptr (GByteArray) keycodes = g_byte_array_new ();
  guint16 modifiers = 0;
  guint16 locks = 0;
  gboolean same;

  if (keyboard != NULL)
    {
      modifiers = get_modifiers (keyboard, self->wanted.modifiers);
      locks = get_locks (keyboard);
      for (guint i = 0; i < keyboard->n_keycodes; i++)
        if (keyboard_has (keyboard, keyboard->first + i, self->wanted.keysym))
          {
            guint8 keycode = (guint8) (keyboard->first + i);

            g_byte_array_append (keycodes, &keycode, 1);
          }
    }
  same = modifiers == self->modifiers && locks == self->locks
         && keycodes->len == self->keycodes->len
         && memcmp (keycodes->data, self->keycodes->data, keycodes->len) == 0;
  self->modifiers = modifiers;
  self->locks = locks;
  g_byte_array_unref (self->keycodes);
  self->keycodes = g_steal_pointer (&keycodes);
  return same;
}

static gboolean
grab (HoShortcutX11 *self, GError **error)
{
  g_autofree char *label = ho_accelerator_dup_label (&self->wanted);
  gboolean granted = TRUE;

  for (guint i = 0; i < self->keycodes->len; i++)
    granted = grab_key (self, self->keycodes->data[i]) && granted;
  if (self->keycodes->len > 0 && granted)
    return TRUE;
  ungrab_all (self);
  if (self->keycodes->len == 0)
    g_set_error (error, HO_ERROR, HO_ERROR_REFUSED,
                 _ ("%s is on no key of this keyboard. Choose other keys."), label);
  else
    g_set_error (error, HO_ERROR, HO_ERROR_REFUSED,
                 _ ("%s is taken by another program, which X does not name. Choose other keys, or "
                    "free these in that program."),
                 label);
  return FALSE;
}

/* Events. */

/* The modifiers are only watched while our keys are held: typing must not wake this program. */
static void
watch_modifiers (HoShortcutX11 *self, gboolean watch)
{
  const xcb_xkb_select_events_details_t details
      = { .affectState = XCB_XKB_STATE_PART_MODIFIER_BASE,
          .stateDetails = watch ? XCB_XKB_STATE_PART_MODIFIER_BASE : 0 };

  if (self->xkb_event == 0)
    return;
  xcb_xkb_select_events_aux (self->connection, XCB_XKB_ID_USE_CORE_KBD,
                             XCB_XKB_EVENT_TYPE_STATE_NOTIFY, 0, 0, 0, 0, &details);
  xcb_flush (self->connection);
}

static void
all_released (HoShortcutX11 *self)
{
  self->released = FALSE;
  watch_modifiers (self, FALSE);
  ho_shortcut_backend_emit_released (HO_SHORTCUT_BACKEND (self));
}

/* On a busy machine they may have been released before the server was asked to tell. */
static gboolean
modifiers_are_up (HoShortcutX11 *self)
{
  xcb_xkb_get_state_reply_t *state = xcb_xkb_get_state_reply (
      self->connection, xcb_xkb_get_state (self->connection, XCB_XKB_ID_USE_CORE_KBD), NULL);
  gboolean up = state != NULL && (state->baseMods & self->modifiers) == 0;

  free (state);
  return up;
}

static void
on_key (HoShortcutX11 *self, const xcb_key_press_event_t *event, gboolean press)
{
  if (press)
    {
      self->released = FALSE;
      watch_modifiers (self, TRUE);
      ho_shortcut_backend_emit_pressed (HO_SHORTCUT_BACKEND (self));
    }
  else if (self->xkb_event == 0 || (event->state & self->modifiers) == 0)
    {
      all_released (self);
    }
  else
    {
      self->released = !modifiers_are_up (self); /* or they follow */
      if (!self->released)
        all_released (self);
    }
}

static void
on_state (HoShortcutX11 *self, const xcb_xkb_state_notify_event_t *event)
{
  if (self->released && (event->baseMods & self->modifiers) == 0)
    all_released (self);
}

/* Another keyboard or layout: the keys may have moved. */
static void
on_mapping (HoShortcutX11 *self)
{
  g_autoptr (GError) error = NULL;

  if (locate (self))
    return;
  ungrab_all (self);
  if (!grab (self, &error))
    ho_shortcut_backend_emit_lost (HO_SHORTCUT_BACKEND (self));
}

/* Handles what has come; returns whether the keyboard has another mapping. A handler may unbind. */
static gboolean
handle_events (HoShortcutX11 *self)
{
  gboolean remapped = FALSE;
  xcb_generic_event_t *event;

  while (self->connection != NULL && (event = xcb_poll_for_event (self->connection)) != NULL)
    {
      guint8 type = event->response_type & 0x7f;

      if (type == XCB_KEY_PRESS || type == XCB_KEY_RELEASE)
        on_key (self, (xcb_key_press_event_t *) event, type == XCB_KEY_PRESS);
      else if (type == XCB_MAPPING_NOTIFY)
        remapped = TRUE;
      else if (self->xkb_event != 0 && type == self->xkb_event)
        {
          /* All of XKB's events have one number; the second byte tells them apart. */
          if (event->pad0 == XCB_XKB_STATE_NOTIFY)
            on_state (self, (xcb_xkb_state_notify_event_t *) event);
          else
            remapped = TRUE;
        }
      free (event);
    }
  return remapped;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (HoShortcutX11) self = g_object_ref (user_data);

  /* Grabbing waits for answers, which may bring events with them. */
  while (handle_events (self) && self->connection != NULL)
    on_mapping (self);
  if (self->connection == NULL)
    return G_SOURCE_REMOVE;
  if (!xcb_connection_has_error (self->connection))
    return G_SOURCE_CONTINUE;
  self->source = 0;
  ho_shortcut_backend_emit_lost (HO_SHORTCUT_BACKEND (self));
  return G_SOURCE_REMOVE;
}

/* Repeats come as presses alone then, rather than as releases and presses. A client of XKB is told
 * of another layout by XKB alone. */
static void
set_up_xkb (HoShortcutX11 *self)
{
  const xcb_query_extension_reply_t *extension
      = xcb_get_extension_data (self->connection, &xcb_xkb_id);
  xcb_xkb_use_extension_reply_t *used;
  xcb_xkb_per_client_flags_reply_t *flags;

  if (extension == NULL || !extension->present)
    return;
  used = xcb_xkb_use_extension_reply (
      self->connection,
      xcb_xkb_use_extension (self->connection, XCB_XKB_MAJOR_VERSION, XCB_XKB_MINOR_VERSION), NULL);
  if (used != NULL && used->supported)
    self->xkb_event = extension->first_event;
  free (used);
  if (self->xkb_event == 0)
    return;
  flags = xcb_xkb_per_client_flags_reply (
      self->connection,
      xcb_xkb_per_client_flags (self->connection, XCB_XKB_ID_USE_CORE_KBD,
                                XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT,
                                XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT, 0, 0, 0),
      NULL);
  free (flags);
  xcb_xkb_select_events (self->connection, XCB_XKB_ID_USE_CORE_KBD, MAPPING_EVENTS, 0,
                         MAPPING_EVENTS, MAPPING_PARTS, MAPPING_PARTS, NULL);
}

static void
ho_shortcut_x11_unbind (HoShortcutBackend *backend)
{
  HoShortcutX11 *self = HO_SHORTCUT_X11 (backend);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_pointer (&self->connection, xcb_disconnect); /* and its grabs */
  self->xkb_event = 0;
}

static void
ho_shortcut_x11_bind (HoShortcutBackend *backend, const HoAccelerator *wanted, GTask *task)
{
  HoShortcutX11 *self = HO_SHORTCUT_X11 (backend);
  G_GNUC_UNUSED g_autoptr (GTask) owned = task;
  GError *error = NULL;

  self->wanted = *wanted;
  self->connection = xcb_connect (self->display, NULL);
  if (xcb_connection_has_error (self->connection))
    {
      ho_shortcut_x11_unbind (backend);
      g_task_return_new_error (task, HO_ERROR, HO_ERROR_UNSUPPORTED,
                               _ ("There is no X server to take the shortcut."));
      return;
    }
  set_up_xkb (self);
  /* On an error the connection stays: the keys are looked for again on another keyboard. */
  self->source
      = g_unix_fd_add (xcb_get_file_descriptor (self->connection), G_IO_IN, on_readable, self);
  locate (self);
  if (grab (self, &error))
    g_task_return_pointer (task, ho_accelerator_dup_label (wanted), g_free);
  else
    g_task_return_error (task, error);
}

static void
ho_shortcut_x11_finalize (GObject *object)
{
  HoShortcutX11 *self = HO_SHORTCUT_X11 (object);

  ho_shortcut_x11_unbind (HO_SHORTCUT_BACKEND (self));
  g_byte_array_unref (self->keycodes);
  g_free (self->display);

  G_OBJECT_CLASS (ho_shortcut_x11_parent_class)->finalize (object);
}

static void
ho_shortcut_x11_class_init (HoShortcutX11Class *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ho_shortcut_x11_finalize;
}

static void
ho_shortcut_x11_iface_init (HoShortcutBackendInterface *iface)
{
  iface->bind = ho_shortcut_x11_bind;
  iface->unbind = ho_shortcut_x11_unbind;
}

static void
ho_shortcut_x11_init (HoShortcutX11 *self)
{
  self->keycodes = g_byte_array_new ();
}

/**
 * ho_shortcut_x11_new:
 * @display: (nullable): the X server, `$DISPLAY` if %NULL
 *
 * Returns: (transfer full): a backend without keys
 */
HoShortcutX11 *
ho_shortcut_x11_new (const char *display)
{
  HoShortcutX11 *self = g_object_new (HO_TYPE_SHORTCUT_X11, NULL);

  self->display = g_strdup (display);
  return self;
}
