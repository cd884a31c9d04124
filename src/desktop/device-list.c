/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-desktop"

#include "device-list.h"

#include <gdk/gdkx.h>

#include "usb-id.h"

#include <glib/gi18n.h>

/* Milliseconds for which the row of a device that was recognised is marked; the words stay. */
#define RECOGNISED_TIME 2000

/**
 * HoDeviceList:
 *
 * The input devices that are plugged in or chosen, each with a check box. Names say little when two
 * are alike, so a device is recognised when it is used in this window: a key pressed, the mouse
 * moved; or, where the desktop does not tell which device that was (Wayland), when it is plugged
 * in.
 */
struct _HoDeviceList
{
  GtkBox parent;

  HoCore *core;
  GSettings *settings;
  GtkWidget *rows;
  GtkWidget *empty;
  GtkWidget *hint;
  GtkWidget *recognised; /* what was recognised last, in words … */
  GHashTable *marked;    /* … and its ids */
  GHashTable *plugged;   /* the ports that were in use when it was looked last */
  GtkWidget *toplevel;   /* whose events are seen */
  guint timeout;
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (HoDeviceList, ho_device_list, GTK_TYPE_BOX)

/* The setting. */

static char **
get_ids (HoDeviceList *self)
{
  return g_settings_get_strv (self->settings, HO_KEY_INPUT_DEVICES);
}

/* Whether what a person wrote as @text means this device. */
static gboolean
means (const char *text, const HoInputDevice *device)
{
  g_autoptr (HoUsbId) id = NULL;

  if (g_str_equal (text, device->id))
    return TRUE;
  id = device->usb != NULL ? ho_usb_id_parse (text, NULL) : NULL;
  return id != NULL && ho_usb_id_matches (id, device->usb);
}

static gboolean
is_chosen (char **ids, const HoInputDevice *device)
{
  for (guint i = 0; ids[i] != NULL; i++)
    {
      if (means (ids[i], device))
        return TRUE;
    }
  return FALSE;
}

/* Keeps the others in their order, as a person wrote them. */
static void
choose (HoDeviceList *self, const HoInputDevice *device, gboolean chosen)
{
  g_auto (GStrv) ids = get_ids (self);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) after = NULL;

  for (guint i = 0; ids[i] != NULL; i++)
    {
      if (!means (ids[i], device))
        g_strv_builder_add (builder, ids[i]);
    }
  if (chosen)
    g_strv_builder_add (builder, device->id);
  after = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, HO_KEY_INPUT_DEVICES, (const char *const *) after);
}

/* The rows. */

/* What tells a device from another that is alike, as its id has it. */
static char *
describe_kind (const HoInputDevice *device, const char *kind)
{
  const char *slash = strchr (device->id, '/');

  return slash != NULL ? g_strdup_printf ("%s (%s)", kind, slash + 1) : g_strdup (kind);
}

static char *
describe (const HoInputDevice *device)
{
  g_autofree char *text = NULL;
  const char *kind;

  if (device->problem != NULL)
    return g_strdup (device->problem);
  if (device->usb == NULL)
    return g_strdup (_ ("not plugged in"));
  if ((device->usb->kinds & HO_USB_KEYBOARD) != 0 && (device->usb->kinds & HO_USB_MOUSE) != 0)
    kind = _ ("keyboard and mouse");
  else if ((device->usb->kinds & HO_USB_KEYBOARD) != 0)
    kind = _ ("keyboard");
  else if ((device->usb->kinds & HO_USB_MOUSE) != 0)
    kind = _ ("mouse");
  else
    kind = _ ("other input device");
  text = describe_kind (device, kind);
  if (device->guest != NULL)
    /* Translators: a kind of device and the guest that has it: “mouse, with win10” */
    return g_strdup_printf (_ ("%s, with %s"), text, ho_guest_get_name (device->guest));
  return g_steal_pointer (&text);
}

static void
on_toggled (HoDeviceList *self, GtkToggleButton *check)
{
  const char *id = g_object_get_data (G_OBJECT (check), "id");
  g_autoptr (HoInputView) view = NULL;
  HoInputDevice absent = { .id = (char *) id };
  const HoInputDevice *device = &absent;

  if (self->filling)
    return;
  view = ho_input_list_devices (ho_core_get_input (self->core));
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *plugged = view->devices->pdata[i];

      if (g_str_equal (plugged->id, id))
        device = plugged;
    }
  choose (self, device, gtk_toggle_button_get_active (check));
}

static GtkWidget *
new_text (const char *text, const char *style_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  if (style_class != NULL)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), style_class);
  gtk_widget_show (label);
  return label;
}

static void
add_row (HoDeviceList *self, const HoInputDevice *device, gboolean chosen)
{
  GtkWidget *check = gtk_check_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autofree char *description = describe (device);
  AtkObject *accessible = gtk_widget_get_accessible (check);

  gtk_container_add (GTK_CONTAINER (box), new_text (device->name, NULL));
  gtk_container_add (GTK_CONTAINER (box), new_text (description, GTK_STYLE_CLASS_DIM_LABEL));
  gtk_widget_set_margin_start (box, 6);
  gtk_container_add (GTK_CONTAINER (check), box);
  atk_object_set_name (accessible, device->name);
  atk_object_set_description (accessible, description);
  gtk_widget_set_tooltip_text (check, device->id);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), chosen);
  g_object_set_data_full (G_OBJECT (check), "id", g_strdup (device->id), g_free);
  g_signal_connect_object (check, "toggled", G_CALLBACK (on_toggled), self, G_CONNECT_SWAPPED);
  gtk_widget_show_all (check);
  gtk_container_add (GTK_CONTAINER (self->rows), check);
}

static void
destroy (GtkWidget *widget, gpointer user_data)
{
  gtk_widget_destroy (widget);
}

static GtkWidget *
find_row (HoDeviceList *self, const char *id)
{
  GList *rows = gtk_container_get_children (GTK_CONTAINER (self->rows));
  GtkWidget *found = NULL;

  for (GList *l = rows; l != NULL && found == NULL; l = l->next)
    {
      if (g_str_equal (g_object_get_data (G_OBJECT (l->data), "id"), id))
        found = l->data;
    }
  g_list_free (rows);
  return found;
}

static void
add_absent (HoDeviceList *self, char **ids, const HoInputView *view)
{
  for (guint i = 0; ids[i] != NULL; i++)
    {
      HoInputDevice absent = { .id = ids[i], .name = ids[i], .location = HO_DEVICE_ABSENT };
      g_autoptr (HoUsbId) parsed = NULL;
      g_autoptr (GError) error = NULL;
      gboolean there = FALSE;

      for (guint j = 0; j < view->devices->len && !there; j++)
        there = means (ids[i], view->devices->pdata[j]);
      if (there)
        continue;
      parsed = ho_usb_id_parse (ids[i], &error);
      if (parsed == NULL)
        absent.problem = error->message;
      add_row (self, &absent, TRUE);
    }
}

static void recognise (HoDeviceList *self, const HoInputDevice *device);
static void mark (GtkWidget *row, gpointer user_data);

/* Shows what is there now. The focus stays on its device, which matters to whoever has no mouse. */
static void
fill (HoDeviceList *self)
{
  g_autoptr (HoInputView) view = ho_input_list_devices (ho_core_get_input (self->core));
  g_autoptr (GHashTable) plugged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) ids = get_ids (self);
  GtkWidget *focus = gtk_container_get_focus_child (GTK_CONTAINER (self->rows));
  g_autofree char *focused
      = focus != NULL ? g_strdup (g_object_get_data (G_OBJECT (focus), "id")) : NULL;
  /* The first that is seen was there before. */
  guint n_before = self->plugged != NULL ? g_hash_table_size (self->plugged) : 0;
  const HoInputDevice *news = NULL;

  self->filling = TRUE;
  gtk_container_foreach (GTK_CONTAINER (self->rows), destroy, NULL);
  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      add_row (self, device, is_chosen (ids, device));
      if (device->usb == NULL)
        continue;
      g_hash_table_add (plugged, g_strdup (device->usb->port));
      if (n_before > 0 && !g_hash_table_contains (self->plugged, device->usb->port))
        news = device;
    }
  add_absent (self, ids, view);
  gtk_container_foreach (GTK_CONTAINER (self->rows), mark, self);
  gtk_widget_set_visible (self->empty, view->devices->len == 0 && ids[0] == NULL);
  gtk_widget_set_visible (self->hint, view->devices->len > 0);
  self->filling = FALSE;

  if (focused != NULL && find_row (self, focused) != NULL)
    gtk_widget_grab_focus (find_row (self, focused));
  g_clear_pointer (&self->plugged, g_hash_table_unref);
  self->plugged = g_steal_pointer (&plugged);
  if (news != NULL)
    recognise (self, news);
}

/* Recognising a device by its use. */

static void
mark (GtkWidget *row, gpointer user_data)
{
  HoDeviceList *self = user_data;
  GtkStyleContext *style = gtk_widget_get_style_context (row);

  if (g_hash_table_contains (self->marked, g_object_get_data (G_OBJECT (row), "id")))
    gtk_style_context_add_class (style, "ho-recognised");
  else
    gtk_style_context_remove_class (style, "ho-recognised");
}

static gboolean
on_timeout (gpointer user_data)
{
  HoDeviceList *self = user_data;

  self->timeout = 0;
  g_hash_table_remove_all (self->marked);
  gtk_container_foreach (GTK_CONTAINER (self->rows), mark, self);
  return G_SOURCE_REMOVE;
}

/* @device is what was used, or the first of several that are alike. */
static void
show_recognised (HoDeviceList *self, const HoInputDevice *device, gboolean unsure)
{
  g_autofree char *text
      = unsure ? g_strdup_printf (_ ("That was one of those called %s. Unplug one and plug it in "
                                     "again to tell them apart."),
                                  device->name)
               : g_strdup_printf (_ ("That was %s."), device->name);

  gtk_container_foreach (GTK_CONTAINER (self->rows), mark, self);
  if (!g_str_equal (gtk_label_get_text (GTK_LABEL (self->recognised)), text))
    gtk_label_set_text (GTK_LABEL (self->recognised), text);
  g_clear_handle_id (&self->timeout, g_source_remove);
  self->timeout = g_timeout_add (RECOGNISED_TIME, on_timeout, self);
}

static void
recognise (HoDeviceList *self, const HoInputDevice *device)
{
  g_hash_table_remove_all (self->marked);
  g_hash_table_add (self->marked, g_strdup (device->id));
  show_recognised (self, device, FALSE);
}

static gboolean
on_event (HoDeviceList *self, GdkEvent *event)
{
  GdkDevice *source = gdk_event_get_source_device (event);
  const char *vendor = NULL;
  const char *product = NULL;
  g_autoptr (HoInputView) view = NULL;
  g_autoptr (GPtrArray) used = g_ptr_array_new ();

  /* On Wayland there is only the seat's own device. */
  if (source == NULL || gdk_device_get_device_type (source) == GDK_DEVICE_TYPE_MASTER)
    return GDK_EVENT_PROPAGATE;
  vendor = gdk_device_get_vendor_id (source);
  product = gdk_device_get_product_id (source);
  if (vendor == NULL || product == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return GDK_EVENT_PROPAGATE;
  view = ho_input_list_devices (ho_core_get_input (self->core));
  for (guint i = 0; i < view->devices->len; i++)
    {
      HoInputDevice *device = view->devices->pdata[i];

      if (device->usb != NULL && device->usb->vendor == g_ascii_strtoull (vendor, NULL, 16)
          && device->usb->product == g_ascii_strtoull (product, NULL, 16))
        g_ptr_array_add (used, device);
    }
  if (used->len == 1)
    {
      recognise (self, used->pdata[0]);
    }
  else if (used->len > 1)
    {
      g_hash_table_remove_all (self->marked);
      for (guint i = 0; i < used->len; i++)
        g_hash_table_add (self->marked, g_strdup (((HoInputDevice *) used->pdata[i])->id));
      show_recognised (self, used->pdata[0], TRUE);
    }
  return GDK_EVENT_PROPAGATE;
}

static void
ho_device_list_hierarchy_changed (GtkWidget *widget, GtkWidget *previous)
{
  HoDeviceList *self = HO_DEVICE_LIST (widget);
  GtkWidget *toplevel = gtk_widget_get_toplevel (widget);

  if (self->toplevel != NULL)
    g_signal_handlers_disconnect_by_func (self->toplevel, on_event, self);
  self->toplevel = NULL;
  if (!GTK_IS_WINDOW (toplevel))
    return;
  self->toplevel = toplevel;
  gtk_widget_add_events (toplevel, GDK_POINTER_MOTION_MASK | GDK_SCROLL_MASK);
  g_object_connect (toplevel, "swapped-object-signal::key-press-event", on_event, self,
                    "swapped-object-signal::button-press-event", on_event, self,
                    "swapped-object-signal::motion-notify-event", on_event, self, NULL);
}

static void
ho_device_list_dispose (GObject *object)
{
  HoDeviceList *self = HO_DEVICE_LIST (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_pointer (&self->plugged, g_hash_table_unref);
  g_clear_pointer (&self->marked, g_hash_table_unref);
  g_clear_object (&self->settings);
  g_clear_object (&self->core);

  G_OBJECT_CLASS (ho_device_list_parent_class)->dispose (object);
}

static void
ho_device_list_class_init (HoDeviceListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ho_device_list_dispose;
  GTK_WIDGET_CLASS (klass)->hierarchy_changed = ho_device_list_hierarchy_changed;
}

static const char *
get_hint (void)
{
  if (GDK_IS_X11_DISPLAY (gdk_display_get_default ()))
    return _ ("Press a key or move a mouse in this window to see which one it is.");
  return _ ("Unplug a device and plug it in again to see which one it is.");
}

static void
ho_device_list_init (HoDeviceList *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 6);
  self->marked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->rows = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->empty
      = new_text (_ ("No keyboard or mouse is plugged in by USB."), GTK_STYLE_CLASS_DIM_LABEL);
  self->hint = new_text (get_hint (), GTK_STYLE_CLASS_DIM_LABEL);
  self->recognised = new_text ("", NULL);
  atk_object_set_role (gtk_widget_get_accessible (self->recognised), ATK_ROLE_STATUSBAR);
  gtk_widget_show (self->rows);
  gtk_container_add (GTK_CONTAINER (self), self->rows);
  gtk_container_add (GTK_CONTAINER (self), self->empty);
  gtk_container_add (GTK_CONTAINER (self), self->hint);
  gtk_container_add (GTK_CONTAINER (self), self->recognised);
}

/**
 * ho_device_list_new:
 * @core: knows the devices
 * @settings: where the chosen ones are kept, as %HO_KEY_INPUT_DEVICES
 *
 * Returns: (transfer floating): the list
 */
GtkWidget *
ho_device_list_new (HoCore *core, GSettings *settings)
{
  HoDeviceList *self = g_object_new (HO_TYPE_DEVICE_LIST, "visible", TRUE, NULL);

  self->core = g_object_ref (core);
  self->settings = g_object_ref (settings);
  g_object_connect (ho_core_get_input (core), "swapped-object-signal::devices-changed", fill, self,
                    "swapped-object-signal::notify::view", fill, self, NULL);
  g_signal_connect_object (settings, "changed::" HO_KEY_INPUT_DEVICES, G_CALLBACK (fill), self,
                           G_CONNECT_SWAPPED);
  fill (self);
  return GTK_WIDGET (self);
}

/* The first device of a kind, preferring one that is nothing else. */
static const HoInputDevice *
find_kind (const HoInputView *view, HoUsbKinds kind)
{
  const HoInputDevice *found = NULL;

  for (guint i = 0; i < view->devices->len; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];

      if (device->usb == NULL || (device->usb->kinds & kind) == 0)
        continue;
      if (found == NULL || (found->usb->kinds != kind && device->usb->kinds == kind))
        found = device;
    }
  return found;
}

/**
 * ho_device_list_propose:
 * @self: a list
 *
 * Chooses a keyboard and a mouse, if none is chosen and there are any.
 */
void
ho_device_list_propose (HoDeviceList *self)
{
  g_auto (GStrv) ids = get_ids (self);
  g_autoptr (HoInputView) view = ho_input_list_devices (ho_core_get_input (self->core));
  const HoInputDevice *keyboard = find_kind (view, HO_USB_KEYBOARD);
  const HoInputDevice *mouse = find_kind (view, HO_USB_MOUSE);

  if (ids[0] != NULL)
    return;
  if (keyboard != NULL)
    choose (self, keyboard, TRUE);
  if (mouse != NULL && mouse != keyboard)
    choose (self, mouse, TRUE);
}
