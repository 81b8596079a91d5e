{{ indicator_mart('TC-03b', headline='complete_on_time') }}
