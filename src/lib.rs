//! CRM Mind.
