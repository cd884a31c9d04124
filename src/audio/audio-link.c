/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-audio"

#include "audio-link-private.h"

#include "audio-socket.h"
#include "error.h"
#include "start-gate.h"

#include <glib/gi18n.h>

/* How long a start, or a command, waits for a sound server or a bridge that is there and does not
 * answer, in seconds; and how long before the bridge is made, which needs no answer, where it is
 * for us to choose. */
#define PATIENCE 10
#define PATIENCE_BEFORE_BRIDGE 4

static void ho_audio_link_gate_init (HoStartGateInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (HoAudioLink, ho_audio_link, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_START_GATE, ho_audio_link_gate_init))

enum
{
  CHANGED,
  SILENCED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

const char *
ho_audio_state_to_string (HoAudioState state)
{
  static const char *const names[] = { "off", "waiting", "on", "error" };

  return names[state];
}

const char *
ho_audio_mode_to_string (HoAudioMode mode)
{
  static const char *const names[] = { "auto", "module", "bridge", "off" };

  return names[mode];
}

static gboolean
take_text (char **place, char *text)
{
  gboolean changed = g_strcmp0 (*place, text) != 0;

  g_free (*place);
  *place = text;
  return changed;
}

static void
tell (HoAudioLink *self, gboolean changed)
{
  char *problem;
  HoAudioState state = ho_audio_link_find_state (self, &problem);

  changed |= state != self->state;

  self->state = state;
  changed |= take_text (&self->problem, problem);
  changed |= take_text (&self->reason, state == HO_AUDIO_WAITING
                                           ? ho_audio_link_describe_wait (self)
                                           : ho_audio_link_describe_reason (self));
  if (changed)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* Whoever waits. */

static void
end_waits (HoAudioLink *self, const char *problem)
{
  g_autoptr (GPtrArray) waiting = self->waiting;

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_clear_handle_id (&self->timeout, g_source_remove);
  for (guint i = 0; i < waiting->len; i++)
    {
      if (problem == NULL)
        g_task_return_boolean (waiting->pdata[i], TRUE);
      else
        g_task_return_new_error (waiting->pdata[i], HO_ERROR, HO_ERROR_FAILED, "%s", problem);
    }
}

static void
answer_waits (HoAudioLink *self)
{
  if (self->waiting->len == 0 || self->working)
    return;
  if (self->state == HO_AUDIO_ON)
    end_waits (self, NULL);
  else if (self->state == HO_AUDIO_ERROR)
    end_waits (self, self->problem);
  else if (self->state == HO_AUDIO_OFF)
    end_waits (self, self->reason != NULL ? self->reason : "");
  else if (ho_sound_server_get_state (self->server) == HO_SOUND_SERVER_AWAY
           && self->mode == HO_AUDIO_MODE_MODULE)
    end_waits (self, _ ("No sound server is running, so the guest's sound has no way. Start it, or "
                        "let the bridge do it: set “audio-mode” to 'bridge'."));
}

/* Once the server is known, or known to be away, there is nothing more to see; and who closes waits
 * until nothing is there. */
static void
answer_looks (HoAudioLink *self)
{
  HoSoundServerState server = ho_sound_server_get_state (self->server);
  gboolean known = server != HO_SOUND_SERVER_CONNECTING;
  g_autoptr (GPtrArray) looking = NULL;

  if (self->looking->len == 0 || !known || self->working)
    return;
  if (self->closes && self->failure == NULL
      && (ho_audio_link_exists (self, HO_AUDIO_MODE_MODULE)
          || ho_audio_link_exists (self, HO_AUDIO_MODE_BRIDGE)))
    return;
  looking = g_steal_pointer (&self->looking);
  self->looking = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < looking->len; i++)
    {
      if (self->closes && self->failure != NULL)
        g_task_return_new_error (looking->pdata[i], HO_ERROR, HO_ERROR_FAILED, "%s", self->failure);
      else
        g_task_return_boolean (looking->pdata[i], TRUE);
    }
  self->closes = FALSE;
}

static gboolean
on_timeout (gpointer user_data)
{
  HoAudioLink *self = user_data;

  self->timeout = 0;
  if (ho_audio_link_give_up_server (self))
    {
      self->timeout = g_timeout_add_seconds (PATIENCE, on_timeout, self);
      ho_audio_link_update (self);
      return G_SOURCE_REMOVE;
    }
  end_waits (self, _ ("The sound server does not answer, so the guest's sound has no way. Restart "
                      "it, or let the bridge do it: set “audio-mode” to 'bridge'."));
  return G_SOURCE_REMOVE;
}

static void
wait_for_way (HoAudioLink *self, GTask *task)
{
  g_ptr_array_add (self->waiting, task);
  g_clear_pointer (&self->failure, g_free);
  self->closes = FALSE;
  if (self->timeout == 0)
    self->timeout = g_timeout_add_seconds (
        ho_audio_link_get_setting (self) == HO_AUDIO_MODE_AUTO ? PATIENCE_BEFORE_BRIDGE : PATIENCE,
        on_timeout, self);
  ho_audio_link_update (self);
}

void
ho_audio_link_update (HoAudioLink *self)
{
  g_autoptr (GPtrArray) silenced = NULL;
  /* Nothing is connected on a machine whose guests need no way. */
  gboolean used = self->looks || ho_audio_link_is_wanted (self) || self->waiting->len > 0
                  || ho_audio_link_exists (self, HO_AUDIO_MODE_MODULE)
                  || ho_audio_link_exists (self, HO_AUDIO_MODE_BRIDGE);

  ho_sound_server_set_used (self->server, used);
  ho_audio_bridge_set_used (self->bridge, used);
  if (!self->working)
    {
      self->mode = ho_audio_link_choose_mode (self);
      ho_audio_link_act (self);
    }
  silenced = ho_audio_link_follow_cuts (self);
  tell (self, silenced->len > 0);
  for (guint i = 0; i < silenced->len; i++)
    g_signal_emit (self, signals[SILENCED], 0, silenced->pdata[i]);
  answer_waits (self);
  answer_looks (self);
}

static gboolean
on_idle (gpointer user_data)
{
  HoAudioLink *self = user_data;

  self->idle = 0;
  ho_audio_link_update (self);
  return G_SOURCE_REMOVE;
}

/* Many guests change at once when the connection comes; and ho_audio_link_update() itself causes
 * signals. */
static void
update_soon (HoAudioLink *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add (on_idle, self);
}

static void
on_server_changed (HoAudioLink *self)
{
  if (ho_sound_server_get_state (self->server) != HO_SOUND_SERVER_READY)
    g_clear_pointer (&self->failure, g_free);
  else
    self->gave_up = FALSE;
  update_soon (self);
}

static void
find_qemu_user (HoAudioLink *self)
{
  g_autofree char *setting
      = g_settings_get_string (ho_settings_get_global (self->settings), HO_KEY_QEMU_USER);
  g_autofree char *uri = ho_hypervisor_dup_uri (self->hypervisor);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->qemu, ho_qemu_user_free);
  g_clear_pointer (&self->qemu_fault, g_free);
  g_clear_pointer (&self->argument, g_free);
  self->qemu = ho_qemu_user_find (setting, uri, &error);
  if (self->qemu == NULL)
    self->qemu_fault = g_strdup (error->message);
  else if (self->qemu->is_self)
    self->argument
        = g_strdup_printf ("socket=%s auth-group-enable=0 auth-cookie-enabled=0", self->socket);
  else
    self->argument = g_strdup_printf ("socket=%s auth-group=%s auth-cookie-enabled=0", self->socket,
                                      self->qemu->group);
}

static void
on_setting_changed (HoAudioLink *self)
{
  g_clear_pointer (&self->failure, g_free);
  find_qemu_user (self);
  update_soon (self);
}

/* Another connection may run QEMU as another user. */
static void
on_connection_changed (HoAudioLink *self)
{
  find_qemu_user (self);
  update_soon (self);
}

static void
on_guest_changed (HoAudioLink *self, HoGuest *guest)
{
  if (!ho_guest_is_active (guest)
      && g_hash_table_remove (self->silenced, ho_guest_get_uuid (guest)))
    g_signal_emit (self, signals[CHANGED], 0);
  update_soon (self);
}

/* The gate. */

static void
ho_audio_link_open (HoStartGate *gate, HoGuest *guest, HoStartFlags flags, GTask *task)
{
  HoAudioLink *self = HO_AUDIO_LINK (gate);

  if (ho_audio_link_is_used_by (self, guest) && ho_hypervisor_is_local (self->hypervisor))
    {
      wait_for_way (self, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
ho_audio_link_close (HoStartGate *gate, HoGuest *guest)
{
}

static void
ho_audio_link_gate_init (HoStartGateInterface *iface)
{
  iface->open = ho_audio_link_open;
  iface->close = ho_audio_link_close;
}

static void
ho_audio_link_dispose (GObject *object)
{
  HoAudioLink *self = HO_AUDIO_LINK (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_object (&self->bridge);
  g_clear_object (&self->server);
  g_clear_object (&self->guests);
  g_clear_object (&self->hypervisor);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_audio_link_parent_class)->dispose (object);
}

static void
ho_audio_link_finalize (GObject *object)
{
  HoAudioLink *self = HO_AUDIO_LINK (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->looking);
  g_hash_table_unref (self->silenced);
  g_clear_pointer (&self->qemu, ho_qemu_user_free);
  g_free (self->qemu_fault);
  g_free (self->argument);
  g_free (self->socket);
  g_free (self->failure);
  g_free (self->reason);
  g_free (self->problem);

  G_OBJECT_CLASS (ho_audio_link_parent_class)->finalize (object);
}

static void
ho_audio_link_class_init (HoAudioLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_audio_link_dispose;
  object_class->finalize = ho_audio_link_finalize;

  signals[CHANGED] = g_signal_new ("changed", HO_TYPE_AUDIO_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[SILENCED] = g_signal_new ("silenced", HO_TYPE_AUDIO_LINK, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, HO_TYPE_GUEST);
}

static void
ho_audio_link_init (HoAudioLink *self)
{
  self->cancellable = g_cancellable_new ();
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->looking = g_ptr_array_new_with_free_func (g_object_unref);
  self->silenced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->had = HO_AUDIO_MODE_OFF;
  self->socket = ho_audio_socket_get_path ();
}

/**
 * ho_audio_link_new:
 * @settings: how the user wants it
 * @hypervisor: which must run on this machine, or there is no sound
 * @guests: the guests of @hypervisor
 * @server: the user's sound server
 *
 * Returns: (transfer full): a link that looks, and makes nothing until it is asked to
 */
HoAudioLink *
ho_audio_link_new (HoSettings *settings, HoHypervisor *hypervisor, HoGuestList *guests,
                   HoSoundServer *server)
{
  HoAudioLink *self = g_object_new (HO_TYPE_AUDIO_LINK, NULL);
  GSettings *global = ho_settings_get_global (settings);
  const char *const keys[] = { HO_KEY_AUDIO_MODE, HO_KEY_QEMU_USER, HO_KEY_AUDIO_MICROPHONE };

  self->settings = g_object_ref (settings);
  self->hypervisor = g_object_ref (hypervisor);
  self->guests = g_object_ref (guests);
  self->server = g_object_ref (server);
  self->bridge = ho_audio_bridge_new (self->socket);
  find_qemu_user (self);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *signal = g_strconcat ("changed::", keys[i], NULL);

      g_signal_connect_object (global, signal, G_CALLBACK (on_setting_changed), self,
                               G_CONNECT_SWAPPED);
    }
  g_object_connect (guests, "swapped-object-signal::guest-added", on_guest_changed, self,
                    "swapped-object-signal::guest-changed", on_guest_changed, self,
                    "swapped-object-signal::guest-removed", update_soon, self, NULL);
  g_signal_connect_object (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (server, "changed", G_CALLBACK (on_server_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->bridge, "changed", G_CALLBACK (update_soon), self,
                           G_CONNECT_SWAPPED);
  self->mode = ho_audio_link_choose_mode (self);
  tell (self, FALSE);
  return self;
}

HoAudioState
ho_audio_link_get_state (HoAudioLink *self)
{
  return self->state;
}

/**
 * ho_audio_link_get_mode:
 * @self: a link
 *
 * Returns: the mode in force; %HO_AUDIO_MODE_AUTO while it is not decided yet
 */
HoAudioMode
ho_audio_link_get_mode (HoAudioLink *self)
{
  return self->mode;
}

const char *
ho_audio_link_get_socket (HoAudioLink *self)
{
  return self->socket;
}

/**
 * ho_audio_link_get_reason:
 * @self: a link
 *
 * Returns: (nullable): a sentence for the user: why there is no sound, what is waited for, or what
 *   the mode in force lets QEMU do
 */
const char *
ho_audio_link_get_reason (HoAudioLink *self)
{
  return self->reason;
}

/**
 * ho_audio_link_get_problem:
 * @self: a link
 *
 * Returns: (nullable): while the state is %HO_AUDIO_ERROR, what the user has to do, as a sentence
 */
const char *
ho_audio_link_get_problem (HoAudioLink *self)
{
  return self->problem;
}

/**
 * ho_audio_link_is_unanswered:
 * @self: a link
 *
 * Returns: whether the way was made without the sound server, which is there and did not answer in
 *   time, and has not since
 */
gboolean
ho_audio_link_is_unanswered (HoAudioLink *self)
{
  return self->gave_up && self->state == HO_AUDIO_ON;
}

/**
 * ho_audio_link_get_delay:
 * @self: a link
 *
 * Returns: (nullable): while the way is there and no sound server behind it, what that means for
 *   guests, as a sentence
 */
const char *
ho_audio_link_get_delay (HoAudioLink *self)
{
  gboolean served
      = !self->gave_up && ho_sound_server_get_state (self->server) != HO_SOUND_SERVER_AWAY;

  return self->state == HO_AUDIO_ON && self->mode == HO_AUDIO_MODE_BRIDGE && !served ? self->reason
                                                                                     : NULL;
}

/**
 * ho_audio_link_get_qemu_user:
 * @self: a link
 *
 * Returns: (nullable): whom the way is opened to; %NULL if that is not known
 */
const HoQemuUser *
ho_audio_link_get_qemu_user (HoAudioLink *self)
{
  return self->qemu;
}

HoSoundServer *
ho_audio_link_get_server (HoAudioLink *self)
{
  return self->server;
}

gboolean
ho_audio_link_is_used_by (HoAudioLink *self, HoGuest *guest)
{
  return ho_domain_facts_plays_to (ho_guest_get_facts (guest), self->socket);
}

/**
 * ho_audio_link_is_silenced:
 * @self: a link
 * @guest: a guest
 *
 * Returns: whether the sound server was restarted under @guest, which then cannot be heard before
 *   it restarts, too
 */
gboolean
ho_audio_link_is_silenced (HoAudioLink *self, HoGuest *guest)
{
  return g_hash_table_contains (self->silenced, ho_guest_get_uuid (guest));
}

/**
 * ho_audio_link_keep:
 * @self: a link
 *
 * From now on the way is there as long as a defined guest names it, and is made again when it goes.
 */
void
ho_audio_link_keep (HoAudioLink *self)
{
  self->keeps = TRUE;
  update_soon (self);
}

/**
 * ho_audio_link_look_async:
 * @self: a link
 * @closely: whether to ask the sound server also where no guest needs it
 * @cancellable: (nullable): forgets it
 * @callback: called when the sound server has told what it is, or is known to be away
 * @user_data: for @callback
 *
 * Looks how things are. What is there is left as it is.
 */
void
ho_audio_link_look_async (HoAudioLink *self, gboolean closely, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_audio_link_look_async);
  self->looks = self->looks || closely;
  g_ptr_array_add (self->looking, task);
  ho_audio_link_update (self);
}

gboolean
ho_audio_link_look_finish (HoAudioLink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * ho_audio_link_set_on_async:
 * @self: a link
 * @on: whether guests may be heard
 * @cancellable: (nullable): forgets the answer
 * @callback: called when the way is there, or gone
 * @user_data: for @callback
 *
 * What is switched off stays off, since it is kept in the settings. Switched on, the way is made at
 * once, also if no guest names it yet; the error says why it cannot be.
 */
void
ho_audio_link_set_on_async (HoAudioLink *self, gboolean on, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GSettings *global = ho_settings_get_global (self->settings);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ho_audio_link_set_on_async);
  self->forced = on;
  if (on)
    {
      if (ho_audio_link_get_setting (self) == HO_AUDIO_MODE_OFF)
        g_settings_set_enum (global, HO_KEY_AUDIO_MODE, HO_AUDIO_MODE_AUTO);
      wait_for_way (self, task);
      return;
    }
  g_settings_set_enum (global, HO_KEY_AUDIO_MODE, HO_AUDIO_MODE_OFF);
  g_clear_pointer (&self->failure, g_free);
  self->closes = TRUE;
  self->looks = TRUE;
  g_ptr_array_add (self->looking, task);
  ho_audio_link_update (self);
}

gboolean
ho_audio_link_set_on_finish (HoAudioLink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
