{{ indicator_mart('TC-04', headline='active_stock') }}
