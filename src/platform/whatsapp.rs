//! WhatsApp Business: messages to a number of the company.
