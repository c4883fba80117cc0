//! The tables.

diesel::table! {
    users {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    orders {
        id -> Integer,
        user_id -> Integer,
    }
}
