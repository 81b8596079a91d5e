{{ indicator_mart('TC-01', headline='excess') }}
