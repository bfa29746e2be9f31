"""Every resource that is described, not programmed: routes and the OpenAPI document follow from this list."""

from fake_amo.api_v4.entities.activities import NOTES, TASKS
from fake_amo.api_v4.entities.cards import COMPANIES, CONTACTS
from fake_amo.api_v4.entities.leads import LEADS
from fake_amo.api_v4.entities.resource import Resource
from fake_amo.api_v4.incoming.talks import TALKS
from fake_amo.api_v4.incoming.unsorted import UNSORTED
from fake_amo.api_v4.settings.choices import LOSS_REASONS, SOURCES
from fake_amo.api_v4.settings.users import ROLES
from fake_amo.api_v4.trade.catalogs import CATALOGS, ELEMENTS
from fake_amo.api_v4.trade.customers import CUSTOMERS

RESOURCES: tuple[Resource, ...] = (
    *(LEADS, CONTACTS, COMPANIES, TASKS, *NOTES, LOSS_REASONS, SOURCES, ROLES),
    *(CUSTOMERS, CATALOGS, ELEMENTS, UNSORTED, TALKS),
)
