{{ indicator_mart('TC-03a', headline='complete_on_time') }}
