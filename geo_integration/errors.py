"""Every exception of the library, on one screen.

Each carries what happened, where, and the way out, so that the command line, HTML and JSON can say
the same thing in the same order. Domain code raises these; only ``api/`` knows HTTP status codes.
"""


class GeoIntegrationError(Exception):
    """Base of every error a user can cause or meet.

    Parameters
    ----------
    what : what is wrong, in French, with the value that is wrong.
    where : file, line, column, layer or option concerned; empty when the message says it.
    way_out : what to do about it, in French.
    """

    title = "Erreur"

    def __init__(self, what: str, *, where: str = "", way_out: str = "") -> None:
        self.what = what
        self.where = where
        self.way_out = way_out
        super().__init__(what)

    def __str__(self) -> str:
        """Join the three parts, in the order in which they are useful."""
        parts = [f"{self.where} : {self.what}" if self.where else self.what]
        if self.way_out:
            parts.append(f"→ {self.way_out}")
        return "\n".join(parts)


class InputRefusedError(GeoIntegrationError):
    """A whole file cannot be read: wrong format, unreadable encoding, hostile content."""

    title = "Fichier refusé"


class NothingAcceptedError(InputRefusedError):
    """A file was read to its end and no row of it is good; ``report`` says what is wrong with each."""

    title = "Fichier refusé"
    report: object = None
    """The import (``sources.imports.Import``), for whoever writes its report."""


class MappingError(GeoIntegrationError):
    """A mapping file of the generic table reader contradicts itself or its table."""

    title = "Fichier de correspondance refusé"


class LayerError(GeoIntegrationError):
    """A table breaks the schema of its layer: column, type, CRS or closed list."""

    title = "Couche non conforme"


class UnknownTerritoryError(GeoIntegrationError):
    """A territory code or name that the COG of the year does not know."""

    title = "Territoire inconnu"


class UnknownTermError(GeoIntegrationError):
    """A value outside a closed list of :mod:`geo_integration.vocabulary`."""

    title = "Valeur inconnue"


class OptionError(GeoIntegrationError):
    """An option outside its range, or options that contradict each other."""

    title = "Option refusée"


class StoreError(GeoIntegrationError):
    """The store cannot be read or written, or what it holds does not match its hash."""

    title = "Entrepôt illisible"


class SnapshotNotFoundError(StoreError):
    """A layer or snapshot that is not in the store."""

    title = "Version introuvable"


class MergeNotFoundError(StoreError):
    """An identifier that names no merge of the current offers."""

    title = "Fusion introuvable"


class MissingDataError(GeoIntegrationError):
    """A file that ships with the project, or a layer a computation needs, is absent."""

    title = "Donnée absente"


class NetworkUnavailableError(GeoIntegrationError):
    """No network serves the territory asked for, or a download is needed and the machine is offline."""

    title = "Réseau indisponible"


class NetworkRefusedError(GeoIntegrationError):
    """An OSM extract, a profile or a network file that cannot be used: damaged, empty, from another version."""

    title = "Réseau refusé"


class TimetableRefusedError(GeoIntegrationError):
    """A GTFS feed that cannot be used: files missing, bad times, unknown stops, repeated ids, expired calendar.

    ``problems`` lists every fault found, one line each, for whoever shows more than the first.
    """

    title = "Horaires refusés"
    problems: tuple[str, ...] = ()


class OutsideServiceError(GeoIntegrationError):
    """A day asked for that the timetables do not cover."""

    title = "Jour hors des horaires"


class ProfileError(OptionError):
    """A learner's profile that contradicts itself."""

    title = "Profil refusé"


class ScenarioRefusedError(GeoIntegrationError):
    """A scenario file that cannot be read, or an action in it that cannot be done."""

    title = "Scénario refusé"


class DisclosureError(GeoIntegrationError):
    """Figures about people that a viewer may not see."""

    title = "Diffusion refusée"


class SignInError(GeoIntegrationError):
    """Nobody is signed in where somebody must be, or the name, password or token is not accepted."""

    title = "Connexion requise"


class ForbiddenError(GeoIntegrationError):
    """Somebody known asks for what their role does not allow."""

    title = "Accès refusé"


class NotFoundError(GeoIntegrationError):
    """Something named in an address (a collection, a job, an upload) that is not there."""

    title = "Introuvable"


class ConflictError(GeoIntegrationError):
    """Something asked for that the present state does not allow: publishing twice, reading a job not done yet."""

    title = "Impossible dans cet état"


class TooLargeError(GeoIntegrationError):
    """More bytes or rows than a limit of the settings allows."""

    title = "Trop volumineux"


class TooManyRequestsError(GeoIntegrationError):
    """One client asks more often than a limit of the settings allows.

    ``retry_after_seconds`` says when to come back.
    """

    title = "Trop de demandes"
    retry_after_seconds: int = 1


class UnavailableError(GeoIntegrationError):
    """Something the service needs does not answer now: database gone, disk full, first loading under way."""

    title = "Momentanément indisponible"


class LedgerError(UnavailableError):
    """The ledger (accounts, audit, jobs, uploads) cannot be read or written."""

    title = "Registre indisponible"


class CancelledError(GeoIntegrationError):
    """A long computation was asked to stop."""

    title = "Calcul abandonné"
