//! A client for the REST API of the Metakocka ERP, usable by anybody.
