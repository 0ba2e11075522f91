/** The visitor page. */
