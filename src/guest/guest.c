/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-guest"

#include "guest.h"

/**
 * HoGuest:
 *
 * One guest as libvirt tells it, with what Handover is about to do to it. Views read it and follow
 * `notify::name`, `notify::state` and `notify::facts`; only this room changes it.
 */
struct _HoGuest
{
  GObject parent;

  char *uuid;
  HoGuestState actual; /* as libvirt says */
  HoGuestState state;  /* as the user sees it: with our wish */
  HoGuestReason reason;
  HoGuestWish wish;
  gboolean persistent;
  HoDomainFacts *facts;
};

G_DEFINE_FINAL_TYPE (HoGuest, ho_guest, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_STATE,
  PROP_FACTS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static HoGuestState
combine (HoGuestState actual, HoGuestWish wish)
{
  if (wish == HO_WISH_START && actual != HO_GUEST_RUNNING)
    return HO_GUEST_STARTING;
  if (wish == HO_WISH_STOP && ho_guest_state_is_active (actual))
    return HO_GUEST_STOPPING;
  return actual;
}

static void
update_state (HoGuest *self)
{
  HoGuestState state = combine (self->actual, self->wish);

  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static void
ho_guest_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  HoGuest *self = HO_GUEST (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->facts->name);
      break;
    case PROP_STATE:
      g_value_set_int (value, self->state);
      break;
    case PROP_FACTS:
      g_value_set_boxed (value, self->facts);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ho_guest_finalize (GObject *object)
{
  HoGuest *self = HO_GUEST (object);

  g_free (self->uuid);
  ho_domain_facts_unref (self->facts);

  G_OBJECT_CLASS (ho_guest_parent_class)->finalize (object);
}

static void
ho_guest_class_init (HoGuestClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ho_guest_get_property;
  object_class->finalize = ho_guest_finalize;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_STATE] = g_param_spec_int ("state", NULL, NULL, 0, G_MAXINT, HO_GUEST_OFF, flags);
  props[PROP_FACTS] = g_param_spec_boxed ("facts", NULL, NULL, HO_TYPE_DOMAIN_FACTS, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ho_guest_init (HoGuest *self)
{
}

/**
 * ho_guest_new:
 * @record: the first reading of a guest
 *
 * Returns: (transfer full): the guest
 */
HoGuest *
ho_guest_new (HoGuestRecord *record)
{
  HoGuest *self = g_object_new (HO_TYPE_GUEST, NULL);

  self->uuid = g_strdup (record->facts->uuid);
  self->facts = ho_domain_facts_ref (record->facts);
  self->actual = self->state = record->state;
  self->reason = record->reason;
  self->persistent = record->persistent;
  return self;
}

const char *
ho_guest_get_uuid (HoGuest *self)
{
  return self->uuid;
}

const char *
ho_guest_get_name (HoGuest *self)
{
  return self->facts->name;
}

/**
 * ho_guest_get_state:
 * @self: a guest
 *
 * Returns: the state as a user sees it: from the moment Handover was asked, a guest is starting or
 *   stopping, although libvirt still calls it off or running
 */
HoGuestState
ho_guest_get_state (HoGuest *self)
{
  return self->state;
}

/**
 * ho_guest_get_reason:
 * @self: a guest
 *
 * Returns: why libvirt says that the guest is in its state
 */
HoGuestReason
ho_guest_get_reason (HoGuest *self)
{
  return self->reason;
}

/**
 * ho_guest_get_facts:
 * @self: a guest
 *
 * Returns: (transfer none): what its XML said at the last reading
 */
HoDomainFacts *
ho_guest_get_facts (HoGuest *self)
{
  return self->facts;
}

/**
 * ho_guest_is_active:
 * @self: a guest
 *
 * Returns: whether libvirt has, or is about to have, a process for it
 */
gboolean
ho_guest_is_active (HoGuest *self)
{
  return ho_guest_state_is_active (self->state);
}

/**
 * ho_guest_is_persistent:
 * @self: a guest
 *
 * Returns: whether libvirt keeps its description, so that it is still there when it is off
 */
gboolean
ho_guest_is_persistent (HoGuest *self)
{
  return self->persistent;
}

/**
 * ho_guest_has_process:
 * @self: a guest
 *
 * Returns: whether libvirt has a process for it, so that it has the devices in its XML; one that is
 *   about to start has none yet
 */
gboolean
ho_guest_has_process (HoGuest *self)
{
  return ho_guest_state_is_active (self->actual);
}

/**
 * ho_guest_apply_record:
 * @self: a guest
 * @record: a newer reading of it
 */
void
ho_guest_apply_record (HoGuest *self, HoGuestRecord *record)
{
  g_object_freeze_notify (G_OBJECT (self));
  self->persistent = record->persistent;
  if (!ho_domain_facts_equal (self->facts, record->facts))
    {
      g_autoptr (HoDomainFacts) old = self->facts;

      self->facts = ho_domain_facts_ref (record->facts);
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FACTS]);
      if (g_strcmp0 (old->name, self->facts->name) != 0)
        g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NAME]);
    }
  ho_guest_apply_move (self, record->state, record->reason);
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * ho_guest_apply_move:
 * @self: a guest
 * @state: the state that libvirt just told
 * @reason: why
 */
void
ho_guest_apply_move (HoGuest *self, HoGuestState state, HoGuestReason reason)
{
  self->actual = state;
  self->reason = reason;
  update_state (self);
}

/**
 * ho_guest_set_wish:
 * @self: a guest
 * @wish: what is being done to it now
 */
void
ho_guest_set_wish (HoGuest *self, HoGuestWish wish)
{
  self->wish = wish;
  update_state (self);
}
