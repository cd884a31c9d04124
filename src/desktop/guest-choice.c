/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "guest-choice.h"

#include <glib/gi18n.h>

/**
 * HoGuestChoice:
 *
 * A choice between the guests there are, which follows the list. The id of an item is the guest's
 * UUID, empty for “chosen by itself”. The signal `chosen` comes when the user chose, not when the
 * list changed.
 */
struct _HoGuestChoice
{
  GtkComboBoxText parent;

  HoCore *core;
  gboolean with_automatic;
  char *wanted; /* name or UUID of what is to be shown as chosen, also while it is not there */
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (HoGuestChoice, ho_guest_choice, GTK_TYPE_COMBO_BOX_TEXT)

enum
{
  CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
append_automatic (HoGuestChoice *self)
{
  HoGuest *primary = ho_core_get_primary_guest (self->core);
  g_autofree char *label
      = primary != NULL && *self->wanted == '\0'
            ? g_strdup_printf (_ ("Chosen by itself: %s"), ho_guest_get_name (primary))
            : g_strdup (_ ("Chosen by itself"));

  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self), "", label);
}

static void
fill (HoGuestChoice *self)
{
  GListModel *guests = G_LIST_MODEL (ho_core_get_guests (self->core));
  guint n = g_list_model_get_n_items (guests);
  HoGuest *chosen = ho_guest_list_find (ho_core_get_guests (self->core), self->wanted);

  self->filling = TRUE;
  gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (self));
  if (self->with_automatic)
    append_automatic (self);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (HoGuest) guest = g_list_model_get_item (guests, i);

      gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self), ho_guest_get_uuid (guest),
                                 ho_guest_get_name (guest));
    }
  if (chosen != NULL)
    {
      gtk_combo_box_set_active_id (GTK_COMBO_BOX (self), ho_guest_get_uuid (chosen));
    }
  else if (*self->wanted != '\0')
    {
      g_autofree char *label = g_strdup_printf (_ ("%s (not there)"), self->wanted);

      gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (self), self->wanted, label);
      gtk_combo_box_set_active_id (GTK_COMBO_BOX (self), self->wanted);
    }
  else
    {
      gtk_combo_box_set_active (GTK_COMBO_BOX (self), self->with_automatic || n > 0 ? 0 : -1);
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self), n > 0 || *self->wanted != '\0');
  self->filling = FALSE;
}

static void
ho_guest_choice_changed (GtkComboBox *combo)
{
  HoGuestChoice *self = HO_GUEST_CHOICE (combo);
  const char *id = gtk_combo_box_get_active_id (combo);

  if (GTK_COMBO_BOX_CLASS (ho_guest_choice_parent_class)->changed != NULL)
    GTK_COMBO_BOX_CLASS (ho_guest_choice_parent_class)->changed (combo);
  if (self->filling || id == NULL)
    return;
  g_free (self->wanted);
  self->wanted = g_strdup (id);
  g_signal_emit (self, signals[CHOSEN], 0);
}

static void
ho_guest_choice_dispose (GObject *object)
{
  HoGuestChoice *self = HO_GUEST_CHOICE (object);

  self->filling = TRUE; /* what the end of a combo box tells is no choice */
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_guest_choice_parent_class)->dispose (object);
}

static void
ho_guest_choice_finalize (GObject *object)
{
  g_free (HO_GUEST_CHOICE (object)->wanted);

  G_OBJECT_CLASS (ho_guest_choice_parent_class)->finalize (object);
}

static void
ho_guest_choice_class_init (HoGuestChoiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_guest_choice_dispose;
  object_class->finalize = ho_guest_choice_finalize;
  GTK_COMBO_BOX_CLASS (klass)->changed = ho_guest_choice_changed;

  signals[CHOSEN] = g_signal_new ("chosen", HO_TYPE_GUEST_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
ho_guest_choice_init (HoGuestChoice *self)
{
  self->wanted = g_strdup ("");
}

/**
 * ho_guest_choice_follow:
 * @self: a choice as GtkBuilder makes it, empty
 * @core: has the guests
 * @with_automatic: whether no guest in particular can be chosen too
 */
void
ho_guest_choice_follow (HoGuestChoice *self, HoCore *core, gboolean with_automatic)
{
  HoGuestList *guests = ho_core_get_guests (core);

  self->core = g_object_ref (core);
  self->with_automatic = with_automatic;
  g_object_connect (guests, "swapped-object-signal::items-changed", fill, self, NULL);
  g_signal_connect_object (core, "notify::primary-guest", G_CALLBACK (fill), self,
                           G_CONNECT_SWAPPED);
  fill (self);
}

/**
 * ho_guest_choice_get_guest:
 * @self: a choice
 *
 * Returns: (transfer none) (nullable): the guest that is chosen, if it is one in particular
 */
HoGuest *
ho_guest_choice_get_guest (HoGuestChoice *self)
{
  const char *id = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self));

  return id != NULL ? ho_guest_list_get_by_uuid (ho_core_get_guests (self->core), id) : NULL;
}

/**
 * ho_guest_choice_select:
 * @self: a choice
 * @name: name or UUID of a guest that need not be there; empty for none in particular
 */
void
ho_guest_choice_select (HoGuestChoice *self, const char *name)
{
  g_free (self->wanted);
  self->wanted = g_strdup (name);
  fill (self);
}
