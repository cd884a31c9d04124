/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "share-item.h"

#include "error.h"
#include "share-address.h"

#include <glib/gi18n.h>

#define SUBJECT_SHARE "share"

/**
 * HoShareItem:
 *
 * The menu item that copies the address under which the primary guest finds this user's files, and
 * tells it in a notification, since it is in the guest that it will be typed.
 */
struct _HoShareItem
{
  GtkMenuItem parent;

  HoCore *core;
  HoNoticeBoard *board;
  GCancellable *cancellable;
  char *uri; /* the one last told */
};

G_DEFINE_FINAL_TYPE (HoShareItem, ho_share_item, GTK_TYPE_MENU_ITEM)

static void
tell (HoShareItem *self, const char *icon, const char *title, const char *body, gboolean can_open)
{
  HoNotice *notice = ho_notice_new (icon, g_strdup (title), body);

  if (can_open)
    ho_notice_add_action (notice, "open", _ ("Open here"));
  ho_notice_board_put (self->board, SUBJECT_SHARE, notice);
}

static void
on_found (GObject *object, GAsyncResult *result, gpointer user_data)
{
  HoShareItem *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = ho_share_address_finish (HO_CORE (object), result, &error);
  g_autofree char *body = NULL;

  if (ho_error_is_silent (error))
    return; /* the item is gone */
  if (uri == NULL)
    {
      tell (self, "dialog-warning", _ ("Your files are not shared"), error->message, FALSE);
      return;
    }
  g_free (self->uri);
  self->uri = g_steal_pointer (&uri);
  gtk_clipboard_set_text (gtk_clipboard_get (GDK_SELECTION_CLIPBOARD), self->uri, -1);
  body = g_strdup_printf (
      _ ("%s\nThe address is copied. Open it in the guest with any SFTP program."), self->uri);
  tell (self, "folder-remote", _ ("Your files, as the guest reaches them"), body, TRUE);
}

static void
ho_share_item_activate (GtkMenuItem *item)
{
  HoShareItem *self = HO_SHARE_ITEM (item);

  ho_share_address_async (self->core, ho_core_get_primary_guest (self->core), self->cancellable,
                          on_found, self);
}

static void
on_action (HoShareItem *self, const char *subject, const char *action)
{
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (subject, SUBJECT_SHARE) || !g_str_equal (action, "open") || self->uri == NULL)
    return;
  if (!gtk_show_uri_on_window (NULL, self->uri, GDK_CURRENT_TIME, &error))
    tell (self, "dialog-warning", _ ("The address cannot be opened here"), error->message, FALSE);
}

/* The files of this machine are none of a distant guest's business. */
static void
update (HoShareItem *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self),
                          ho_hypervisor_is_local (ho_core_get_hypervisor (self->core)));
}

static void
ho_share_item_dispose (GObject *object)
{
  HoShareItem *self = HO_SHARE_ITEM (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->core);
  g_clear_object (&self->board);

  G_OBJECT_CLASS (ho_share_item_parent_class)->dispose (object);
}

static void
ho_share_item_finalize (GObject *object)
{
  HoShareItem *self = HO_SHARE_ITEM (object);

  g_object_unref (self->cancellable);
  g_free (self->uri);

  G_OBJECT_CLASS (ho_share_item_parent_class)->finalize (object);
}

static void
ho_share_item_class_init (HoShareItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ho_share_item_dispose;
  object_class->finalize = ho_share_item_finalize;
  GTK_MENU_ITEM_CLASS (klass)->activate = ho_share_item_activate;
}

static void
ho_share_item_init (HoShareItem *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * ho_share_item_new:
 * @core: the core
 * @board: where notifications are put
 *
 * Returns: (transfer floating): a menu item
 */
GtkWidget *
ho_share_item_new (HoCore *core, HoNoticeBoard *board)
{
  HoShareItem *self = g_object_new (HO_TYPE_SHARE_ITEM, "label", _ ("Copy Share Address"), NULL);

  self->core = g_object_ref (core);
  self->board = g_object_ref (board);
  g_signal_connect_object (board, "action", G_CALLBACK (on_action), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ho_core_get_hypervisor (core), "notify", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
