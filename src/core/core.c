/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-core"

#include "core.h"

#include "card-sound-door.h"
#include "error.h"
#include "preflight.h"

#include <glib/gi18n.h>

/**
 * HoCore:
 *
 * Builds and joins the rooms, and is what every view is given: the tray, D-Bus and the command line
 * see the same objects and the same descriptions.
 *
 * The property `primary-guest` (see ho_core_get_primary_guest()) notifies. The signal `event` has a
 * name such as `guest-changed` and the facts (`a{sv}`) that belong to it, for whoever only passes
 * events on.
 */
struct _HoCore
{
  GObject parent;

  HoSettings *settings;
  HoHypervisor *hypervisor;
  HoGuestList *guests;
  HoGuestControl *control;
  HoAudioLink *audio;
  HoGuestStreams *streams;
  HoDoctor *doctor;
  HoGpuRoom *gpu_room;
  HoCpuShield *cpu_shield;
  HoInput *input;
  HoGuest *with_input; /* the guest that was last told to have it */
  guint input_event;   /* several changes at once are one event */
  HoGuest *primary;
  char *unknown_primary; /* the setting, if it names no guest */
};

G_DEFINE_FINAL_TYPE (HoCore, ho_core, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PRIMARY_GUEST,
  N_PROPS
};

enum
{
  EVENT,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void
emit_event (HoCore *self, const char *name, GVariant *facts)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (facts);

  g_signal_emit (self, signals[EVENT], 0, name, owned);
}

/* The primary guest. */

static gboolean
has_card (HoCore *self, HoGuest *guest)
{
  g_autoptr (GPtrArray) addresses = ho_gpu_list_list_addresses (ho_core_get_gpus (self), guest);

  return addresses->len > 0;
}

/* The setting; else the only guest; else the only guest that has a card; else none. */
static HoGuest *
choose_primary (HoCore *self)
{
  g_autofree char *wanted
      = g_settings_get_string (ho_settings_get_global (self->settings), HO_KEY_PRIMARY_GUEST);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));
  HoGuest *with_card = NULL;
  guint n_with_card = 0;

  if (*wanted != '\0')
    return ho_guest_list_find (self->guests, wanted);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      if (n == 1)
        return guest; /* the list keeps it */
      if (has_card (self, guest))
        {
          n_with_card++;
          with_card = guest;
        }
    }
  return n_with_card == 1 ? with_card : NULL;
}

/* Tells once of a setting that names no guest; while nothing is connected none can be known. */
static void
check_primary_setting (HoCore *self)
{
  GSettings *global = ho_settings_get_global (self->settings);
  g_autofree char *wanted = g_settings_get_string (global, HO_KEY_PRIMARY_GUEST);

  if (ho_hypervisor_get_state (self->hypervisor) != HO_CONNECTION_CONNECTED)
    return;
  if (*wanted == '\0' || self->primary != NULL)
    {
      g_clear_pointer (&self->unknown_primary, g_free);
    }
  else if (g_strcmp0 (wanted, self->unknown_primary) != 0)
    {
      g_message (_ ("%s: “%s” in [%s] is not used: %s."), ho_settings_get_file (self->settings),
                 HO_KEY_PRIMARY_GUEST, "settings", _ ("there is no guest of that name"));
      g_free (self->unknown_primary);
      self->unknown_primary = g_steal_pointer (&wanted);
    }
}

static void
update_primary (HoCore *self)
{
  if (g_set_object (&self->primary, choose_primary (self)))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PRIMARY_GUEST]);
  check_primary_setting (self);
}

/* Events. */

static void
on_connection_changed (HoCore *self)
{
  check_primary_setting (self);
  emit_event (self, "connection-changed", ho_core_describe_connection (self));
}

static void
on_guest_changed (HoCore *self, HoGuest *guest)
{
  emit_event (self, "guest-changed", ho_core_describe_guest (self, guest));
}

static void
on_audio_changed (HoCore *self)
{
  emit_event (self, "audio-changed", ho_core_describe_audio (self));
}

static void
on_guest_removed (HoCore *self, HoGuest *guest)
{
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "name", g_variant_new_string (ho_guest_get_name (guest)));
  g_variant_builder_add (&facts, "{sv}", "uuid", g_variant_new_string (ho_guest_get_uuid (guest)));
  emit_event (self, "guest-removed", g_variant_builder_end (&facts));
}

static gboolean
tell_input (gpointer user_data)
{
  HoCore *self = user_data;

  self->input_event = 0;
  emit_event (self, "input-changed", ho_core_describe_input (self));
  return G_SOURCE_REMOVE;
}

static void
on_input_changed (HoCore *self)
{
  g_autoptr (HoGuest) before = self->with_input != NULL ? g_object_ref (self->with_input) : NULL;

  if (self->input_event == 0)
    self->input_event = g_idle_add_full (G_PRIORITY_DEFAULT, tell_input, self, NULL);
  if (!g_set_object (&self->with_input, ho_input_get_guest (self->input)))
    return;
  if (before != NULL
      && ho_guest_list_get_by_uuid (self->guests, ho_guest_get_uuid (before)) == before)
    on_guest_changed (self, before);
  if (self->with_input != NULL)
    on_guest_changed (self, self->with_input);
}

/* What a device is becomes known when the bus was looked at: only then is it clear who has a card.
 */
static void
on_gpus_looked (HoCore *self)
{
  update_primary (self);
}

static void
on_gpu_changed (HoCore *self, HoGpu *gpu)
{
  emit_event (self, "gpu-changed", ho_core_describe_gpu (self, gpu));
}

static void
on_gpu_removed (HoCore *self, HoGpu *gpu)
{
  GVariantBuilder facts;

  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&facts, "{sv}", "address",
                         g_variant_new_string (ho_gpu_get_address (gpu)));
  emit_event (self, "gpu-removed", g_variant_builder_end (&facts));
}

static void
ho_core_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoCore *self = HO_CORE (object);

  switch (id)
    {
    case PROP_PRIMARY_GUEST:
      g_value_set_object (value, self->primary);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_core_dispose (GObject *object)
{
  HoCore *self = HO_CORE (object);

  g_clear_pointer (&self->unknown_primary, g_free);
  g_clear_handle_id (&self->input_event, g_source_remove);
  g_clear_object (&self->with_input);
  g_clear_object (&self->input);
  g_clear_object (&self->primary);
  g_clear_object (&self->doctor);
  g_clear_object (&self->gpu_room);
  g_clear_object (&self->cpu_shield);
  g_clear_object (&self->control);
  g_clear_object (&self->streams);
  g_clear_object (&self->audio);
  g_clear_object (&self->guests);
  g_clear_object (&self->hypervisor);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (ho_core_parent_class)->dispose (object);
}

static void
ho_core_class_init (HoCoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ho_core_get_property;
  object_class->dispose = ho_core_dispose;

  props[PROP_PRIMARY_GUEST]
      = g_param_spec_object ("primary-guest", NULL, NULL, HO_TYPE_GUEST,
                             G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[EVENT] = g_signal_new ("event", HO_TYPE_CORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);
}

static void
ho_core_init (HoCore *self)
{
}

/**
 * ho_core_new:
 * @settings: the user's settings
 * @hypervisor: what runs the guests; whoever made it connects it
 *
 * Returns: (transfer full): the core
 */
HoCore *
ho_core_new (HoSettings *settings, HoHypervisor *hypervisor)
{
  HoCore *self = g_object_new (HO_TYPE_CORE, NULL);
  g_autoptr (HoCardSoundDoor) card_sound = ho_card_sound_door_new ();
  GSettings *global = ho_settings_get_global (settings);
  g_autoptr (HoPreflight) preflight = NULL;
  g_autoptr (HoSoundServer) server = ho_sound_server_new (NULL);

  self->settings = g_object_ref (settings);
  self->hypervisor = g_object_ref (hypervisor);
  self->guests = ho_guest_list_new (hypervisor);
  self->control = ho_guest_control_new (hypervisor, self->guests, settings);
  self->audio = ho_audio_link_new (settings, hypervisor, self->guests, server);
  self->streams = ho_guest_streams_new (settings, self->guests, self->audio);
  ho_guest_control_add_gate (self->control, HO_START_GATE (self->audio));
  self->doctor = ho_doctor_new (hypervisor, settings);
  self->gpu_room = ho_gpu_room_new (hypervisor, self->guests, self->control, settings);
  ho_gpu_guard_set_sound_releaser (ho_gpu_room_get_guard (self->gpu_room),
                                   HO_SOUND_RELEASER (card_sound));
  self->input = ho_input_new (hypervisor, self->guests, settings);

  g_object_connect (self->guests, "swapped-object-signal::items-changed", update_primary, self,
                    "swapped-object-signal::guest-changed::facts", update_primary, self,
                    "swapped-object-signal::guest-added", on_guest_changed, self,
                    "swapped-object-signal::guest-changed", on_guest_changed, self,
                    "swapped-object-signal::guest-removed", on_guest_removed, self, NULL);
  g_signal_connect_object (hypervisor, "notify::state", G_CALLBACK (on_connection_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->input, "notify", G_CALLBACK (on_input_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (global, "changed::" HO_KEY_PRIMARY_GUEST, G_CALLBACK (update_primary),
                           self, G_CONNECT_SWAPPED);
  g_object_connect (ho_core_get_gpus (self), "swapped-object-signal::looked", on_gpus_looked, self,
                    "swapped-object-signal::gpu-added", on_gpu_changed, self,
                    "swapped-object-signal::gpu-changed", on_gpu_changed, self,
                    "swapped-object-signal::gpu-removed", on_gpu_removed, self, NULL);
  /* Last: the gates before it make ready what it looks for. */
  preflight = ho_preflight_new (hypervisor);
  ho_guest_control_add_gate (self->control, HO_START_GATE (preflight));
  /* Even later: nobody is asked for a password for a start that fails anyway. */
  self->cpu_shield = ho_cpu_shield_new (hypervisor, self->guests, settings);
  ho_guest_control_add_gate (self->control, HO_START_GATE (self->cpu_shield));
  g_signal_connect_object (self->audio, "changed", G_CALLBACK (on_audio_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->streams, "changed", G_CALLBACK (on_audio_changed), self,
                           G_CONNECT_SWAPPED);
  update_primary (self);
  return self;
}

HoSettings *
ho_core_get_settings (HoCore *self)
{
  return self->settings;
}

HoHypervisor *
ho_core_get_hypervisor (HoCore *self)
{
  return self->hypervisor;
}

HoGuestList *
ho_core_get_guests (HoCore *self)
{
  return self->guests;
}

HoGuestControl *
ho_core_get_control (HoCore *self)
{
  return self->control;
}

HoAudioLink *
ho_core_get_audio (HoCore *self)
{
  return self->audio;
}

HoGuestStreams *
ho_core_get_streams (HoCore *self)
{
  return self->streams;
}

HoDoctor *
ho_core_get_doctor (HoCore *self)
{
  return self->doctor;
}

HoGpuRoom *
ho_core_get_gpu_room (HoCore *self)
{
  return self->gpu_room;
}

HoGpuList *
ho_core_get_gpus (HoCore *self)
{
  return ho_gpu_room_get_gpus (self->gpu_room);
}

HoInput *
ho_core_get_input (HoCore *self)
{
  return self->input;
}

HoCpuShield *
ho_core_get_cpu_shield (HoCore *self)
{
  return self->cpu_shield;
}

/**
 * ho_core_get_primary_guest:
 * @self: the core
 *
 * Returns: (transfer none) (nullable): the guest that a click or a command without a name is meant
 *   for: the setting; else the only guest; else the only guest that a card is passed through to
 */
HoGuest *
ho_core_get_primary_guest (HoCore *self)
{
  return self->primary;
}

static char *
list_names (HoCore *self)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->guests));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (G_LIST_MODEL (self->guests), i);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", ho_guest_get_name (guest));
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/**
 * ho_core_find_guest:
 * @self: the core
 * @name: (nullable): what the user called the guest; %NULL or empty for the primary guest
 * @error: return location for a #GError
 *
 * Returns: (transfer none): the guest; or %NULL with %HO_ERROR_NO_CONNECTION while guests are not
 *   known, %HO_ERROR_NOT_FOUND if there is none of that name, or %HO_ERROR_USAGE if none was named
 *   and it is not clear which is meant
 */
HoGuest *
ho_core_find_guest (HoCore *self, const char *name, GError **error)
{
  g_autofree char *names = NULL;
  HoGuest *guest;

  if (ho_hypervisor_get_state (self->hypervisor) != HO_CONNECTION_CONNECTED)
    {
      g_autofree char *problem = ho_hypervisor_dup_problem (self->hypervisor);

      g_set_error_literal (error, HO_ERROR, HO_ERROR_NO_CONNECTION,
                           problem != NULL ? problem
                                           : _ ("There is no connection to libvirt yet."));
      return NULL;
    }

  if (name != NULL && *name != '\0')
    guest = ho_guest_list_find (self->guests, name);
  else
    guest = self->primary;
  if (guest != NULL)
    return guest;

  names = list_names (self);
  if (*names == '\0')
    g_set_error_literal (error, HO_ERROR, HO_ERROR_NOT_FOUND,
                         _ ("libvirt has no guest. Create one first, for example in "
                            "virt-manager."));
  else if (name != NULL && *name != '\0')
    g_set_error (error, HO_ERROR, HO_ERROR_NOT_FOUND, _ ("There is no guest “%s”. There are: %s."),
                 name, names);
  else
    g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                 _ ("It is not clear which guest is meant. Name one, or set “primary-guest”: %s."),
                 names);
  return NULL;
}

/**
 * ho_core_find_input_target:
 * @self: the core
 * @to: `guest`, `host` or `toggle`
 * @name: (nullable): what the user called the guest; %NULL or empty for the guest that has keyboard
 *   and mouse, else the primary guest
 * @guest: (out) (transfer none): where they are to go; %NULL: the host
 * @error: return location for a #GError
 *
 * Returns: whether it is clear; errors as ho_core_find_guest() has them
 */
gboolean
ho_core_find_input_target (HoCore *self, const char *to, const char *name, HoGuest **guest,
                           GError **error)
{
  HoGuest *holder = ho_input_get_guest (self->input);
  HoGuest *named = NULL;

  *guest = NULL;
  if (!g_str_equal (to, "guest") && !g_str_equal (to, "host") && !g_str_equal (to, "toggle"))
    {
      g_set_error (error, HO_ERROR, HO_ERROR_USAGE,
                   _ ("Keyboard and mouse go to “guest”, “host” or “toggle”, not to “%s”."), to);
      return FALSE;
    }
  if (g_str_equal (to, "host") && (name == NULL || *name == '\0'))
    return TRUE;
  if (name != NULL && *name != '\0')
    named = ho_core_find_guest (self, name, error);
  else if (holder != NULL)
    named = holder;
  else
    named = ho_core_find_guest (self, NULL, error);
  if (named == NULL)
    return FALSE;
  if (g_str_equal (to, "guest")
      || (g_str_equal (to, "toggle") && ho_input_would_go (self->input, named)))
    *guest = named;
  return TRUE;
}
